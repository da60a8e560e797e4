// One conversation with the broker of a data folder, over its admin socket; lists are asked for page by page.

import { type AdminClient, openAdmin } from '../../pkg/client/admin.ts';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import { isObject, type JsonObject } from '../../pkg/protocol/json.ts';
import { adminSocketOf, type BrokerOptions } from './commands/options.ts';

export async function withAdmin<T>(options: BrokerOptions, converse: (admin: AdminClient) => Promise<T>): Promise<T> {
  const socketPath = adminSocketOf(options);
  const admin = await openAdmin({ socketPath }).catch((error: unknown) => {
    if (!(error instanceof TachyonError) || error.code !== 'BROKER_UNREACHABLE') throw error;
    throw new TachyonError('BROKER_UNREACHABLE', `Nobody listens on ${socketPath}.`, { cause: error });
  });
  try {
    return await converse(admin);
  } finally {
    await admin.close();
  }
}

/** For words that look at very many records, or wait for the disk very often. */
export const PATIENCE_MS = 60_000;

interface Patience {
  readonly timeoutMs?: number;
}

/** Asks one word and gives its result. */
export const ask = (options: BrokerOptions, word: string, args: object = {}, patience: Patience = {}) =>
  withAdmin(options, (admin) => admin.request(word, args, patience));

interface PagesOptions extends Patience {
  /** Where to begin: a cursor, as a page's `next` is one. */
  readonly from?: string;
}

/** Every item of a list, as the pages come. What changes meanwhile may be in it or not. */
export async function* pagesOf(
  admin: AdminClient,
  word: string,
  args: object = {},
  { from, ...patience }: PagesOptions = {},
): AsyncGenerator<JsonObject> {
  let after: string | null = from ?? null;
  do {
    const page: unknown = await admin.request(word, { ...args, after }, patience);
    if (!isObject(page) || !Array.isArray(page['items'])) {
      throw new TachyonError('MALFORMED_CONTROL', `${word} was not answered with a page`);
    }
    yield* page['items'].filter(isObject);
    after = typeof page['next'] === 'string' ? page['next'] : null;
  } while (after !== null);
}

/** A whole list. */
export const listOf = (options: BrokerOptions, word: string, args: object = {}): Promise<JsonObject[]> =>
  withAdmin(options, async (admin) => {
    const items: JsonObject[] = [];
    for await (const item of pagesOf(admin, word, args)) items.push(item);
    return items;
  });
