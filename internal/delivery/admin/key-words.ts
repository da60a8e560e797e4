// `keys.list`: the partition keys of a queue, each with what is next of it. The text of a key is in its message.

import { BlockView } from '../../../pkg/protocol/block.ts';
import { traitsOf } from '../../../pkg/protocol/partition-key.ts';
import type { Queue } from '../../domain/queue.ts';
import type { Broker } from '../../usecase/broker.ts';
import type { Page } from '../../usecase/inspect.ts';
import { type KeyView, keyPage } from '../../usecase/keys.ts';
import { readBlocks } from '../../usecase/read-blocks.ts';
import type { Args } from './args.ts';
import { MESSAGE_ITEMS_MAX } from './message-page.ts';
import { timesView } from './message-view.ts';
import { fitting } from './page-bytes.ts';
import { paging } from './paging.ts';

export function keyList(
  { journal, bodies }: Broker,
  queue: Queue,
  args: Args,
  answer: (page: Page<object>) => void,
): void {
  const { after, limit } = paging(args);
  const page = keyPage(queue, args.flag('held', false), after, Math.min(limit, MESSAGE_ITEMS_MAX));
  const heads = page.items.flatMap(({ head }) => (head === null ? [] : [head]));
  readBlocks(
    journal,
    bodies,
    heads.map(({ block }) => block),
    (blocks) => {
      const read = new Map(heads.map((head, index) => [head, blocks[index] ?? null]));
      const items = page.items.map((item) => shown(item, item.head === null ? null : (read.get(item.head) ?? null)));
      const count = fitting(items);
      const last = page.items[count - 1];
      const next = count === items.length || last === undefined ? page.next : `${last.lane}`;
      answer({ items: items.slice(0, count), next });
    },
  );
}

function shown({ state, depth, head, text }: KeyView, block: Uint8Array | null): object {
  return {
    key: text ?? (block === null ? null : keyIn(block)),
    state,
    depth,
    head_sequence: head?.sequence ?? null,
    failed_deliveries: head?.attempts ?? 0,
    retry_at: null,
    ...(head === null ? {} : timesView(head)),
  };
}

function keyIn(block: Uint8Array): string | null {
  const { attributes } = new BlockView(block, 0);
  const traits = attributes === null ? null : traitsOf(attributes);
  if (traits === null || 'code' in traits) return null;
  const key = attributes?.partition_key ?? attributes?.headers?.['partition_key'];
  return typeof key === 'string' ? key : `${key}`;
}
