// Lists in one piece for shapes that know no pages: page after page, up to a bound.

import type * as z from 'zod';
import type { AdminPort, Arguments } from './admin-link.ts';

/** Of what the broker gives in one page. */
const PAGE_ITEMS_MAX = 500;

interface Page<Item> {
  readonly items: Item[];
  readonly next: string | null;
}

export interface Collected<Item> {
  readonly items: readonly Item[];
  /** There are more: where the next would begin. */
  readonly next: string | null;
}

export async function collect<Item>(
  admin: AdminPort,
  word: string,
  args: Arguments & { readonly after?: string },
  schema: z.ZodType<Page<Item>>,
  itemsMax: number,
): Promise<Collected<Item>> {
  const items: Item[] = [];
  let after: string | null = args.after ?? null;
  do {
    const limit = Math.min(PAGE_ITEMS_MAX, itemsMax - items.length);
    const page: Page<Item> = await admin.read(word, { ...args, limit, ...(after === null ? {} : { after }) }, schema);
    items.push(...page.items);
    after = page.next;
  } while (after !== null && items.length < itemsMax);
  return { items, next: after };
}
