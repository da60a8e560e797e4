// A queue: an ordered backlog, its policy, its dead letters, and (volatile) the consumers that compete for it.

import { ClassTurns } from './class-turns.ts';
import type { DeliveryOrder } from './delivery-order.ts';
import { EntryTable } from './entry-table.ts';
import type { AttemptRecord, FailureCause, QueueOrigin } from './event.ts';
import type { QueueId, Sequence } from './ids.ts';
import type { QueuePolicy } from './queue-policy.ts';
import { SequenceHeap } from './sequence-heap.ts';
import type { Session } from './session.ts';
import { TenantUsage, Usage } from './usage.ts';

/** What is known of a dead letter beside its entry, which keeps the body. */
export interface DeadLetter {
  readonly atMs: number;
  readonly cause: FailureCause;
  readonly reason: string;
  readonly history: readonly AttemptRecord[];
}

export class Queue {
  readonly id: QueueId;
  readonly tenant: string;
  readonly name: string;
  readonly policy: QueuePolicy;
  readonly origin: QueueOrigin;
  /** Since when it has had no consumer; 0 while it has one, or never had any. */
  idleSinceMs = 0;
  /** By an operator: nothing is handed over. */
  paused = false;
  /** By an operator: nothing new is taken. */
  draining = false;

  readonly entries: EntryTable;
  /** Entries that are with consumers. */
  leased = 0;
  /** Failed attempts of messages that are still in the queue. */
  readonly histories = new Map<Sequence, AttemptRecord[]>();
  readonly dead = new Map<Sequence, DeadLetter>();
  /** Entries that wait until a time … */
  waiting = 0;
  /** … and of these, those that have not failed yet: they are due later. */
  scheduled = 0;
  /** Bytes of the blocks of all entries, dead ones included. */
  bytes = 0;
  /** Of its tenant, in whose counts it takes part once it is declared. */
  usage: TenantUsage;

  /** By an operator: nothing of these partition keys is handed over. Number of the key, and its text. */
  readonly pausedKeys = new Map<number, string>();

  // The volatile half.
  /** Where messages with a class or a key stand; null as long as there was none. */
  order: DeliveryOrder | null = null;
  readonly turns = new ClassTurns();
  readonly consumers: Session[] = [];
  /** Whose turn it is. */
  turn = 0;
  /** Messages that became ready behind the cursor; may be stale. */
  readonly again = new SequenceHeap();
  /** READY entries whose bodies could not be read: kept, counted, not dispatched. */
  readonly unreadable = new Set<Sequence>();

  constructor(
    id: QueueId,
    tenant: string,
    name: string,
    policy: QueuePolicy,
    origin: QueueOrigin,
    entries = new EntryTable(),
  ) {
    this.id = id;
    this.tenant = tenant;
    this.name = name;
    this.policy = policy;
    this.origin = origin;
    this.entries = entries;
    this.usage = new TenantUsage(tenant, new Usage());
  }

  /** In the queue: ready, waiting or leased. */
  get depth(): number {
    return this.entries.size - this.dead.size;
  }

  get ready(): number {
    return this.depth - this.leased - this.waiting - this.unreadable.size;
  }

  /** An entry that has failed so often waits from now on. */
  beginWait(failed: number): void {
    this.waiting += 1;
    if (failed === 0) this.scheduled += 1;
  }

  endWait(failed: number): void {
    this.waiting -= 1;
    if (failed === 0) this.scheduled -= 1;
  }
}

export const queueKey = (tenant: string, name: string): string => `${tenant}\u0000${name}`;
