// The operators' words about messages that wait for their time: which ones there are, one of them whole, and requests to cancel
// or move some. What is asked to change goes on record under the ids of the messages, which stand in their bodies' blocks: these
// are read before the command is made.

import { BlockView } from '../../../pkg/protocol/block.ts';
import { messageName } from '../../../pkg/protocol/delivered/facts.ts';
import { parseTime } from '../../../pkg/protocol/rfc3339.ts';
import type { Command } from '../../domain/command.ts';
import { STEP_TARGETS_MAX } from '../../domain/dead-letter-order.ts';
import { blockAt } from '../../domain/evolve.ts';
import { asSequence, type PeerId } from '../../domain/ids.ts';
import type { Queue } from '../../domain/queue.ts';
import { isScheduled } from '../../domain/rules/schedules.ts';
import type { MoveScheduled, ScheduledTarget } from '../../domain/schedule-command.ts';
import type { Broker } from '../../usecase/broker.ts';
import { entryView } from '../../usecase/inspect.ts';
import { readBlocks } from '../../usecase/read-blocks.ts';
import { cursorOf, SCHEDULED_CURSOR, scheduledPage } from '../../usecase/scheduled-page.ts';
import { Args, ArgumentFault } from './args.ts';
import { bodyBytesOf, MESSAGE_ITEMS_MAX, messagePage, PAGE_BODY_BYTES } from './message-page.ts';
import { messageView, timesView } from './message-view.ts';
import { operator } from './operator-words.ts';
import { PAGING, paging } from './paging.ts';
import { ACTOR } from './said.ts';

/** What changes scheduled messages, as the audit log names it. */
export const SCHEDULE_OPERATIONS: Readonly<Record<string, string>> = {
  'schedules.cancel': 'cancel_scheduled',
  'schedules.move': 'move_scheduled',
};

export interface ScheduleDeskOptions {
  readonly broker: Broker;
  readonly nowMs: () => number;
  readonly submit: (commands: readonly Command[]) => void;
  readonly answer: (peer: PeerId, id: number, result: object) => void;
}

interface Asked {
  readonly peer: PeerId;
  readonly id: number;
}

export class ScheduleDesk {
  readonly #options: ScheduleDeskOptions;

  constructor(options: ScheduleDeskOptions) {
    this.#options = options;
  }

  /** Answers now or later. Throws an ArgumentFault. */
  take(peer: PeerId, id: number, word: string, given: unknown): void {
    const asked = { peer, id };
    switch (word) {
      case 'schedules.list':
        return this.#list(asked, new Args(given, [...PAGING, 'queue', 'tenant_id', 'from', 'to', 'body_bytes']));
      case 'schedules.show':
        return this.#show(asked, new Args(given, ['queue', 'tenant_id', 'sequence', 'body_bytes']));
      case 'schedules.cancel':
        return this.#cancel(asked, new Args(given, [...ACTOR, ...PLACE, 'sequences', 'confirm', 'dry_run']));
      case 'schedules.move':
        return this.#move(
          asked,
          new Args(given, [...ACTOR, ...PLACE, 'sequence', 'deliver_at', 'delay_ms', 'dry_run']),
        );
      default:
        throw new ArgumentFault(`no word "${word}"`, 'UNKNOWN_CONTROL');
    }
  }

  #list({ peer, id }: Asked, args: Args): void {
    const { broker, nowMs, answer } = this.#options;
    const { after, limit } = paging(args, SCHEDULED_CURSOR);
    const bodyBytes = bodyBytesOf(args);
    const question = {
      tenant: args.textOrNull('tenant_id'),
      queue: args.has('queue') ? this.#queue(args) : null,
      fromMs: timeIn(args, 'from', 0),
      toMs: timeIn(args, 'to', Number.POSITIVE_INFINITY),
      after,
      limit: Math.min(limit, MESSAGE_ITEMS_MAX),
    };
    messagePage(
      broker,
      scheduledPage(broker.state, question, nowMs()),
      bodyBytes,
      (entry, block, bytes) => ({ ...messageView(entry, block, bytes), ...timesView(entry) }),
      cursorOf,
      (result) => answer(peer, id, result),
    );
  }

  #show({ peer, id }: Asked, args: Args): void {
    const { broker, nowMs, answer } = this.#options;
    const bodyBytes = args.whole('body_bytes', 0, PAGE_BODY_BYTES, PAGE_BODY_BYTES);
    const queue = this.#queue(args);
    const sequence = asSequence(args.whole('sequence', 1, Number.MAX_SAFE_INTEGER));
    const place = queue.entries.find(sequence);
    if (place === null || !isScheduled(place, nowMs())) {
      throw new ArgumentFault(`message ${sequence} of queue "${queue.name}"`, 'NOT_SCHEDULED');
    }
    const entry = entryView(queue, place);
    readBlocks(broker.journal, broker.bodies, [entry.block], ([block = null]) =>
      answer(peer, id, { ...messageView(entry, block, bodyBytes), ...timesView(entry) }),
    );
  }

  #cancel(asked: Asked, args: Args): void {
    const dryRun = args.flag('dry_run', false);
    if (!dryRun && args.text('confirm', '') !== 'CANCEL') {
      throw new ArgumentFault('the word is CANCEL', 'CONFIRMATION_REQUIRED');
    }
    const request = operator(asked, args);
    const queue = this.#queue(args);
    const sequences = args.wholes('sequences', 1, STEP_TARGETS_MAX);
    this.#named(queue, sequences, (targets) => {
      const of = { request, tenant: queue.tenant, queueName: queue.name, dryRun };
      this.#options.submit([{ type: 'cancel-scheduled', ...of, targets }]);
    });
  }

  #move(asked: Asked, args: Args): void {
    const dryRun = args.flag('dry_run', false);
    const request = operator(asked, args);
    const queue = this.#queue(args);
    const sequence = args.whole('sequence', 1, Number.MAX_SAFE_INTEGER);
    const due = dueOf(args);
    this.#named(queue, [sequence], ([target]) => {
      if (target === undefined) return;
      const of = { request, tenant: queue.tenant, queueName: queue.name, dryRun };
      this.#options.submit([{ type: 'move-scheduled', ...of, target, due }]);
    });
  }

  /** The messages under their ids; one that cannot be read, or is not there, is told by its number. */
  #named(queue: Queue, sequences: readonly number[], done: (targets: readonly ScheduledTarget[]) => void): void {
    const { broker } = this.#options;
    const held = sequences.flatMap((sequence) => {
      const place = queue.entries.find(asSequence(sequence));
      return place === null ? [] : [{ sequence, block: blockAt(place) }];
    });
    readBlocks(
      broker.journal,
      broker.bodies,
      held.map(({ block }) => block),
      (blocks) => {
        const ids = new Map(
          held.map(({ sequence }, index) => {
            const block = blocks[index] ?? null;
            return [sequence, block === null ? '' : new BlockView(block, 0).messageId];
          }),
        );
        done(
          sequences.map((sequence) => ({
            sequence: asSequence(sequence),
            messageId: messageName(ids.get(sequence) ?? '', sequence),
          })),
        );
      },
    );
  }

  #queue(args: Args): Queue {
    const name = args.text('queue');
    const queue = this.#options.broker.state.queueNamed(args.text('tenant_id', ''), name);
    if (queue === undefined) throw new ArgumentFault(`queue "${name}"`, 'QUEUE_NOT_FOUND');
    return queue;
  }
}

const PLACE = ['queue', 'tenant_id'] as const;

function dueOf(args: Args): MoveScheduled['due'] {
  if (args.has('deliver_at') === args.has('delay_ms')) {
    throw new ArgumentFault('say either "deliver_at" or "delay_ms"');
  }
  return args.has('delay_ms')
    ? { afterMs: args.whole('delay_ms', 0, Number.MAX_SAFE_INTEGER) }
    : { atMs: timeIn(args, 'deliver_at', 0) };
}

function timeIn(args: Args, name: string, fallback: number): number {
  const text = args.textOrNull(name);
  if (text === null) return fallback;
  const ms = parseTime(text, 'up');
  if (ms === null) throw new ArgumentFault(`"${name}" must be a time such as 2026-03-21T00:00:00Z`);
  return ms;
}
