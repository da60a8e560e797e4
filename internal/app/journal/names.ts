// Queues and consumers by the numbers under which events speak of them. What was declared before the oldest segment is
// known from the newest checkpoint; who is gone is forgotten, so that this is bounded by what is there at one time.

import type { Event } from '../../domain/event.ts';
import type { QueueId, SessionId } from '../../domain/ids.ts';
import { newestCheckpoint } from '../../repository/checkpoint/read-checkpoint.ts';
import { segmentIds } from '../../repository/journal/reading/walk-journal.ts';
import { type DecodedCapture, decodeCapture } from '../../usecase/checkpoint/codec.ts';
import type { Disk } from '../../usecase/ports/disk.ts';

export interface QueueName {
  readonly tenant: string;
  readonly name: string;
}

export class Names {
  /** The checkpoint that was read; null where none is needed, or none is whole. */
  readonly checkpoint: DecodedCapture | null;
  readonly #queues = new Map<QueueId, QueueName>();
  readonly #consumers = new Map<SessionId, string>();

  constructor(disk: Disk) {
    // A journal that is there from its beginning tells all names itself.
    const checkpoint = (segmentIds(disk)[0] ?? 1) === 1 ? null : newestCheckpoint(disk);
    this.checkpoint = checkpoint === null ? null : decodeCapture(checkpoint.bytes, checkpoint.position);
    if (this.checkpoint === null) return;
    const { queues, sessions } = this.checkpoint;
    for (const { id, tenant, name } of queues) this.#queues.set(id, { tenant, name });
    for (const { id, consumer } of sessions) this.#consumers.set(id as SessionId, consumer);
  }

  queue(id: QueueId): QueueName | null {
    return this.#queues.get(id) ?? null;
  }

  consumer(id: SessionId): string | null {
    return this.#consumers.get(id) ?? null;
  }

  /** Before an event is told. */
  learn(event: Event): void {
    if (event.type === 'queue-declared') this.#queues.set(event.queue, { tenant: event.tenant, name: event.name });
    else if (event.type === 'session-opened') this.#consumers.set(event.session, event.consumer);
  }

  /** Behind it. */
  forget(event: Event): void {
    if (event.type === 'queue-deleted') this.#queues.delete(event.queue);
    else if (event.type === 'session-closed') this.#consumers.delete(event.session);
  }
}
