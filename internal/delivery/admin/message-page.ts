// A page of messages with the beginnings of their bodies: as many as one reply holds.

import { CONTROL_BYTES_MAX } from '../../../pkg/protocol/limits.ts';
import type { Broker } from '../../usecase/broker.ts';
import type { EntryView, Page } from '../../usecase/inspect.ts';
import { readBlocks } from '../../usecase/read-blocks.ts';
import type { Args } from './args.ts';
import { fitting, PAGE_BYTES_MAX } from './page-bytes.ts';

const BODY_BYTES_DEFAULT = 1_024;
/** A reply is one control message: bodies in a page share this much. */
export const PAGE_BODY_BYTES = Math.floor(CONTROL_BYTES_MAX / 3);
/** What one message without its body may cost in a page. */
export const MESSAGE_ITEMS_MAX = 100;

/** How much of each body is wished for. Throws an ArgumentFault: ask before anything is put off. */
export const bodyBytesOf = (args: Args): number => args.whole('body_bytes', 0, PAGE_BODY_BYTES, BODY_BYTES_DEFAULT);

export function messagePage(
  { journal, bodies }: Broker,
  page: Page<EntryView>,
  wish: number,
  view: (entry: EntryView, block: Uint8Array | null, bodyBytesMax: number) => object,
  cursor: (entry: EntryView) => string,
  answer: (result: Page<object>) => void,
  bytesMax = PAGE_BYTES_MAX,
): void {
  const bodyBytes = Math.min(wish, Math.floor(PAGE_BODY_BYTES / Math.max(1, page.items.length)));
  readBlocks(
    journal,
    bodies,
    page.items.map(({ block }) => block),
    (blocks) => {
      const items = page.items.map((entry, index) => view(entry, blocks[index] ?? null, bodyBytes));
      const count = fitting(items, bytesMax);
      const last = page.items[count - 1];
      const next = count === items.length || last === undefined ? page.next : cursor(last);
      answer({ items: items.slice(0, count), next });
    },
  );
}
