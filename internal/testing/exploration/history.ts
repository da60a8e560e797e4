// What the surviving events say of each message, told apart from the state: a model of a dozen lines for each event that
// moves a message. After a crash it is told again from what survived.

import type { Event } from '../../domain/event.ts';
import type { DeliveryId, Position, Sequence, SessionId } from '../../domain/ids.ts';
import type { RecordedEvent } from '../fixtures/hand-journal.ts';
import { Violation } from '../sim/audit/violation.ts';

export interface Holding {
  readonly delivery: DeliveryId;
  readonly session: SessionId;
}

/** One message: where it was accepted, who has it, how it ended. */
export class Life {
  readonly acceptedAt: Position;
  /** 0: no such time. */
  dueMs = 0;
  expiresMs = 0;
  holder: Holding | null = null;
  dead = false;
  /** Null while it is in the queue or dead. */
  end: { readonly how: 'settled' | 'expired'; readonly at: Position } | null = null;

  constructor(acceptedAt: Position) {
    this.acceptedAt = acceptedAt;
  }
}

export const numberOf = (producer: number, sequence: number): string => `${producer}/${sequence}`;

type Told = { [Type in Event['type']]?: (event: Extract<Event, { type: Type }>, at: Position) => void };

export class History {
  readonly lives = new Map<Sequence, Life>();
  /** By the producer's own number. */
  readonly accepts = new Map<string, Sequence[]>();

  constructor(events: readonly RecordedEvent[] = []) {
    for (const { event, placement } of events) this.tell(event, placement.position);
  }

  tell(event: Event, at: Position): void {
    (this.#told[event.type] as ((event: Event, at: Position) => void) | undefined)?.(event, at);
  }

  readonly #told: Told = {
    accepted: ({ producer, firstProducerSequence, firstSequence, lengths, times = [] }, at) => {
      for (let i = 0; i < lengths.length; i += 1) {
        const sequence = (firstSequence + i) as Sequence;
        const number = numberOf(producer, firstProducerSequence + i);
        this.accepts.set(number, [...(this.accepts.get(number) ?? []), sequence]);
        this.lives.set(sequence, new Life(at));
      }
      for (const { index, dueMs, expiresMs } of times)
        Object.assign(this.lives.get((firstSequence + index) as Sequence) ?? {}, { dueMs, expiresMs });
    },
    leased: ({ sequences, firstDelivery, session }) => {
      sequences.forEach((sequence, i) => {
        const life = this.#living(sequence, 'leased');
        if (life.holder !== null)
          throw new Violation('duplicated', `message ${sequence} is given out while another has it`);
        life.holder = { delivery: (firstDelivery + i) as DeliveryId, session };
      });
    },
    settled: ({ sequences }, at) => {
      for (const sequence of sequences) this.#end(sequence, 'settled', at);
    },
    expired: ({ sequences }, at) => {
      for (const sequence of sequences) this.#end(sequence, 'expired', at);
    },
    failed: ({ sequence }) => {
      this.#living(sequence, 'failed').holder = null;
    },
    returned: ({ sequences }) => {
      for (const sequence of sequences) this.#living(sequence, 'returned').holder = null;
    },
    'dead-lettered': ({ sequence }) => {
      const life = this.#living(sequence, 'dead-lettered');
      life.holder = null;
      life.dead = true;
    },
    'session-closed': ({ session }) => {
      for (const life of this.lives.values()) if (life.holder?.session === session) life.holder = null;
    },
  };

  #living(sequence: Sequence, what: string): Life {
    const life = this.lives.get(sequence);
    if (life === undefined) throw new Violation('unexpected', `${sequence} is ${what} and was never accepted`);
    if (life.end !== null || life.dead)
      throw new Violation('duplicated', `${sequence} is ${what} and had ended: ${life.end?.how ?? 'dead'}`);
    return life;
  }

  #end(sequence: Sequence, how: 'settled' | 'expired', at: Position): void {
    const life = this.#living(sequence, how);
    life.holder = null;
    life.end = { how, at };
  }
}
