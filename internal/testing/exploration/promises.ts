// What must hold in every state of a small world, whatever has happened. One entry each; it throws a Violation.

import { statusAt, WAITING } from '../../domain/entry-table.ts';
import { checkInvariants, stranded } from '../../domain/invariants.ts';
import { capture } from '../../usecase/checkpoint/capture.ts';
import { decodeCapture, encodeCapture } from '../../usecase/checkpoint/codec.ts';
import { Restoration } from '../../usecase/checkpoint/restore.ts';
import { Violation } from '../sim/audit/violation.ts';
import { durableText } from './canonical-key.ts';
import { emptyState, NO_LEDGER, recovered } from './core.ts';
import { numberOf } from './history.ts';
import type { SmallWorld } from './small-world.ts';

const isThere = ({ state }: SmallWorld, sequence: number): boolean =>
  [...state.queues.values()].some(({ entries }) => entries.find(sequence as never) !== null);

const PROMISES: Readonly<Record<string, (world: SmallWorld) => void>> = {
  'every count is what it counts': ({ state }) => checkInvariants(state),

  'what was confirmed is accepted once, and there until it ends': (world) => {
    for (const producer of world.producers) {
      producer.known.forEach((known, of) => {
        const accepts = world.history.accepts.get(numberOf(producer.id, of + 1)) ?? [];
        const told = `message ${of + 1} of producer ${producer.id}`;
        if (accepts.length > 1) throw new Violation('duplicated', `${told} was accepted as ${accepts.join(' and ')}`);
        if (known === 'confirmed' && accepts.length === 0) throw new Violation('lost', `${told} was confirmed`);
      });
    }
    for (const [sequence, life] of world.history.lives) {
      if (life.end === null && !isThere(world, sequence))
        throw new Violation('lost', `message ${sequence} has not ended and is nowhere`);
    }
  },

  'what has ended does not come back': (world) => {
    for (const [sequence, life] of world.history.lives) {
      if (life.end !== null && isThere(world, sequence))
        throw new Violation('duplicated', `message ${sequence} was ${life.end.how} and is there`);
    }
    for (const sequence of world.promisedDone) {
      if ((world.history.lives.get(sequence)?.end ?? null) === null)
        throw new Violation('duplicated', `a consumer was told that message ${sequence} is done`);
    }
  },

  'a message has one holder, and it is who was given it': ({ state, history }) => {
    const seen = new Set<number>();
    for (const { delivery, sequence, session } of state.leases.all()) {
      const holder = history.lives.get(sequence)?.holder;
      if (seen.has(sequence)) throw new Violation('duplicated', `message ${sequence} has two holders`);
      if (holder?.delivery !== delivery || holder.session !== session.id)
        throw new Violation(
          'diverged',
          `message ${sequence} is out as delivery ${delivery}, not as ${holder?.delivery}`,
        );
      seen.add(sequence);
    }
    for (const [sequence, { holder }] of history.lives) {
      if (holder !== null && !seen.has(sequence))
        throw new Violation('diverged', `message ${sequence} was given out as ${holder.delivery} and nobody has it`);
    }
  },

  'who holds a message is here or may come back': ({ state }) => {
    for (const { sequence, session } of state.leases.all()) {
      if (session.peer === null && !Number.isFinite(session.graceUntilMs))
        throw new Violation('stalled', `message ${sequence} is held by "${session.consumer}", which cannot come back`);
    }
  },

  'work is not left lying': (world) => {
    for (const queue of stranded(world.state)) {
      if (world.notDurable.has(queue)) continue;
      throw new Violation('stalled', `"${queue.name}" has a ready message and a consumer with room, and nobody looks`);
    }
  },

  'what waits will be looked at': ({ state, nowMs }) => {
    for (const queue of state.queues.values()) {
      for (const place of queue.entries.places()) {
        if (statusAt(place) === WAITING && state.retries.nextMs === Number.POSITIVE_INFINITY)
          throw new Violation('stalled', `a message of "${queue.name}" waits at ${nowMs} and for no time`);
      }
    }
  },

  'a start would find the state that is here': (world) => {
    // Every state has one at rest behind it. What is on its way to a consumer without acks takes room in its window, and
    // no event says so.
    if (world.pending > 0 || world.held.length > 0) return;
    const here = durableText(world, world.state);
    if (durableText(world, recovered(world.events)) !== here)
      throw new Violation('diverged', 'the state is not what its events make');
    if (durableText(world, throughCheckpoint(world)) !== here)
      throw new Violation('diverged', 'the state is not what its checkpoint makes');
  },
};

function throughCheckpoint({ state, last, events }: SmallWorld) {
  const bytes = Buffer.concat([...encodeCapture(capture(state, last))]);
  const again = emptyState();
  const restoration = new Restoration(again, decodeCapture(bytes, last), NO_LEDGER);
  for (const { event, placement } of events) {
    if (event.type === 'accepted') restoration.accepted(event, placement);
    else if (event.type === 'relocated') restoration.relocated(event, placement);
  }
  restoration.finish();
  return again;
}

export function checkPromises(world: SmallWorld): void {
  for (const check of Object.values(PROMISES)) check(world);
}
