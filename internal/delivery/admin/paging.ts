// Where a list goes on, and how much of it is wanted: arguments that all lists share.

import { PAGE_ITEMS_MAX } from '../../usecase/inspect.ts';
import { type Args, ArgumentFault } from './args.ts';

export const PAGING = ['after', 'limit'] as const;

const LIST_ITEMS_DEFAULT = 200;
const CURSOR = /^\d{1,16}$/;
export const LETTER_CURSOR = /^\d{1,16}:\d{1,16}$/;
/** The default tenant's name is empty. */
export const TENANT_CURSOR = /^:.{0,255}$/su;

export function paging(args: Args, cursor = CURSOR): { after: string | null; limit: number } {
  const after = args.textOrNull('after');
  if (after !== null && !cursor.test(after)) throw new ArgumentFault('"after" must be the "next" of the page before');
  return { after, limit: args.whole('limit', 1, PAGE_ITEMS_MAX, LIST_ITEMS_DEFAULT) };
}
