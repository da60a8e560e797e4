// The operators' words about dead letters: which ones a filter means, one of them whole, groups of the same death, and
// requests to replay, purge or make some.

import type { Command } from '../../domain/command.ts';
import type { Refusal } from '../../domain/effect.ts';
import type { PeerId } from '../../domain/ids.ts';
import type { Broker } from '../../usecase/broker.ts';
import {
  consumerOf,
  fingerprintOf,
  type LetterPlace,
  type Selected,
  type Selection,
  START,
} from '../../usecase/dead-letters/selection.ts';
import type { DeadLetterWork } from '../../usecase/dead-letters/work.ts';
import { selectedPage } from '../../usecase/inspect.ts';
import { readBlocks } from '../../usecase/read-blocks.ts';
import { Args, ArgumentFault } from './args.ts';
import { FILTER, filterOf, oneOf } from './letter-filter.ts';
import { type LetterOrder, letterByHand, purgeOrder, replayOrder } from './letter-orders.ts';
import { bodyBytesOf, MESSAGE_ITEMS_MAX, messagePage, PAGE_BODY_BYTES } from './message-page.ts';
import { deadLetterView } from './message-view.ts';
import { fitting, PAGE_BYTES_MAX } from './page-bytes.ts';
import { LETTER_CURSOR, PAGING, paging } from './paging.ts';

/** What changes dead letters, by the earlier system's names in the audit log. */
export const LETTER_OPERATIONS: Readonly<Record<string, string>> = {
  'dlq.replay': 'replay_dead_letter',
  'dlq.purge': 'purge_dead_letter',
  'dlq.dead_letter': 'manual_dead_letter',
};

const GROUPS_MAX = 500;
const DRY_GROUPS_BYTES_MAX = Math.floor(PAGE_BYTES_MAX / 4);

export interface LetterDeskOptions {
  readonly broker: Broker;
  readonly selection: Selection;
  readonly work: DeadLetterWork;
  readonly hash: (text: string) => string;
  readonly nowMs: () => number;
  readonly messageBytesMax: number;
  readonly answer: (peer: PeerId, id: number, result: object) => void;
  readonly refuse: (peer: PeerId, id: number, refusal: Refusal) => void;
}

export class LetterDesk {
  readonly #options: LetterDeskOptions;

  constructor(options: LetterDeskOptions) {
    this.#options = options;
  }

  /** The command of the word, or null when it is answered here, now or later. Throws an ArgumentFault. */
  take(peer: PeerId, id: number, word: string, given: unknown): Command | null {
    const { messageBytesMax } = this.#options;
    switch (word) {
      case 'dlq.dead_letter':
        return letterByHand({ peer, id }, given, messageBytesMax);
      case 'dlq.replay':
        return this.#run(replayOrder({ peer, id }, given));
      case 'dlq.purge':
        return this.#run(purgeOrder({ peer, id }, given));
      case 'dlq.list':
        return this.#list(peer, id, new Args(given, [...PAGING, ...FILTER, 'body_bytes']));
      case 'dlq.inspect':
        return this.#inspect(peer, id, new Args(given, ['id', 'queue', 'tenant_id', 'sequence', 'body_bytes']));
      case 'dlq.groups':
        return this.#groups(peer, id, new Args(given, FILTER));
      default:
        throw new ArgumentFault(`no word "${word}"`, 'UNKNOWN_CONTROL');
    }
  }

  #run({ request, order, dryRun }: LetterOrder): null {
    const { work, answer, refuse } = this.#options;
    const { peer, id } = request;
    work.request(
      request,
      order,
      dryRun,
      (result, fit) => answer(peer, id, dryRun ? { ...result, ...this.#wouldTouch(fit) } : result),
      (refusal) => refuse(peer, id, refusal),
    );
    return null;
  }

  /** A dry run shows whom it would touch: as many groups as fit beside its failures. */
  #wouldTouch(fit: readonly Selected[]): object {
    const { items, total } = groupsOf(this.#options.hash, fit);
    return { groups: items.slice(0, fitting(items, DRY_GROUPS_BYTES_MAX)), groups_total: total };
  }

  #list(peer: PeerId, id: number, args: Args): null {
    const { broker, selection, hash, nowMs, answer } = this.#options;
    const filter = filterOf(args);
    if (filter.queue !== null && broker.state.queueNamed(filter.tenant ?? '', filter.queue) === undefined) {
      throw new ArgumentFault(`queue "${filter.queue}"`, 'QUEUE_NOT_FOUND');
    }
    const { after, limit } = paging(args, LETTER_CURSOR);
    const count = Math.min(limit, MESSAGE_ITEMS_MAX);
    const bodyBytes = bodyBytesOf(args);
    const behind = after === null ? START : placeOf(after);
    selection.some(filter, nowMs(), behind, count + 1, (found) =>
      messagePage(
        broker,
        selectedPage(found, after, count),
        bodyBytes,
        (entry, block, bytes) => deadLetterView(entry, block, bytes, hash),
        (entry) => `${entry.queue.id}:${entry.sequence}`,
        (result) => answer(peer, id, result),
      ),
    );
    return null;
  }

  #inspect(peer: PeerId, id: number, args: Args): null {
    const { broker, selection, hash, nowMs, answer, refuse } = this.#options;
    const bodyBytes = args.whole('body_bytes', 0, PAGE_BODY_BYTES, PAGE_BODY_BYTES);
    const messageId = args.text('id');
    selection.all(oneOf(args), nowMs(), (found) => {
      const [entry] = selectedPage(found, null, 1).items;
      if (entry === undefined) {
        return refuse(peer, id, { code: 'DEAD_LETTER_NOT_FOUND', detail: `no dead letter "${messageId}"` });
      }
      if (found.length > 1) {
        const where = found.slice(0, 5).map(({ queue, sequence }) => `${queue.name}/${sequence}`);
        return refuse(peer, id, { code: 'AMBIGUOUS_ID', detail: `${found.length} records: ${where.join(', ')}` });
      }
      readBlocks(broker.journal, broker.bodies, [entry.block], ([block = null]) => {
        answer(peer, id, deadLetterView(entry, block, bodyBytes, hash, Number.MAX_SAFE_INTEGER));
      });
    });
    return null;
  }

  /** Letters of the same death, the most first. */
  #groups(peer: PeerId, id: number, args: Args): null {
    const { selection, hash, nowMs, answer } = this.#options;
    selection.all(filterOf(args), nowMs(), (found) => {
      answer(peer, id, { ...groupsOf(hash, found), records: found.length });
    });
    return null;
  }
}

/** Of a cursor, which is `queue:sequence`. */
function placeOf(cursor: string): LetterPlace {
  const [queue = 0, sequence = 0] = cursor.split(':').map(Number);
  return { queue, sequence };
}

function groupsOf(hash: (text: string) => string, letters: readonly Selected[]): { items: object[]; total: number } {
  const byPrint = new Map<string, Selected[]>();
  for (const one of letters) {
    const print = fingerprintOf(hash, one);
    const group = byPrint.get(print);
    if (group === undefined) byPrint.set(print, [one]);
    else group.push(one);
  }
  const items = [...byPrint]
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, GROUPS_MAX)
    .map(([fingerprint, group]) => groupView(fingerprint, group));
  return { items, total: byPrint.size };
}

function groupView(fingerprint: string, group: readonly Selected[]): object {
  const [first] = group as unknown as readonly [Selected];
  const times = group.map(({ letter }) => letter.atMs);
  // Not by spreading: a group may have more members than a call has room for arguments.
  const extreme = (pick: (a: number, b: number) => number): string =>
    new Date(times.reduce((a, b) => pick(a, b))).toISOString();
  return {
    fingerprint,
    reason: first.letter.reason,
    cause: first.letter.cause,
    topic: first.card.topic,
    queue: first.queue.name,
    tenant_id: first.queue.tenant,
    consumer_id: consumerOf(first.queue, first.letter),
    count: group.length,
    oldest_at: extreme(Math.min),
    newest_at: extreme(Math.max),
    sample_id: first.card.messageId,
  };
}
