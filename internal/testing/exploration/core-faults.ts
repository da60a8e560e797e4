// Planted faults of the core, each as a careless core would have it: the search must find every one of them, by the
// shortest way. One entry each, with the world that shows it and what is said of it.

import type { Command } from '../../domain/command.ts';
import type { Decision } from '../../domain/decision.ts';
import type { Event } from '../../domain/event.ts';
import { asDeliveryId, asPosition } from '../../domain/ids.ts';
import { SequenceWindow } from '../../domain/sequence-window.ts';
import { CORE, type Core } from './core.ts';
import type { WorldName } from './scope.ts';

interface CoreFault {
  readonly core: Core;
  readonly world: WorldName;
  /** How what is found begins. */
  readonly broken: string;
}

/** Decisions on commands of one type lose their events of another. */
const forgets = (command: Command['type'], event: Event['type']): Core => ({
  ...CORE,
  decide: (state, asked, moment) => {
    const decision: Decision = CORE.decide(state, asked, moment);
    if (asked.type !== command) return decision;
    return { ...decision, drafts: decision.drafts.filter((made) => made.event.type !== event) };
  },
});

export const CORE_FAULTS = {
  'a start does not return what consumers held': {
    core: forgets('start', 'session-closed'),
    world: 'plain',
    broken: 'stalled: message 1 is held by',
  },
  'a start begins again with the delivery ids': {
    core: {
      ...CORE,
      evolve: (state, event, at, ledger) => {
        CORE.evolve(state, event, at, ledger);
        if (event.type === 'started') state.nextDelivery = asDeliveryId(1);
      },
    },
    world: 'failures',
    broken: 'fencing: delivery 1 is given out twice',
  },
  'anybody settles anything': {
    core: {
      ...CORE,
      decide: (state, command, moment) => {
        if (command.type !== 'ack') return CORE.decide(state, command, moment);
        const holder = state.leases.get(asDeliveryId(command.deliveries[0] ?? 0))?.session.peer ?? command.peer;
        return CORE.decide(state, { ...command, peer: holder }, moment);
      },
    },
    world: 'confused',
    broken: 'fencing: consumer',
  },
  'what producers sent is forgotten at a start': {
    core: {
      ...CORE,
      recover: (events) => {
        const state = CORE.recover(events);
        for (const producer of state.producers.values()) Object.assign(producer, { window: new SequenceWindow() });
        return state;
      },
    },
    world: 'plain',
    broken: 'diverged: the state is not what its events make',
  },
  'a message is given out before it is on the disk': {
    core: {
      ...CORE,
      dispatch: (state, queue, _durable, bodies, moment) =>
        CORE.dispatch(state, queue, asPosition(Number.MAX_SAFE_INTEGER), bodies, moment),
    },
    world: 'plain',
    broken: 'unexpected: message 1 is given to a consumer and not on the disk',
  },
  'confirms do not wait for the disk': {
    core: {
      ...CORE,
      decide: (state, command, moment) => {
        const decision = CORE.decide(state, command, moment);
        const effects = decision.effects.map((effect) =>
          effect.type === 'published' ? { ...effect, gated: false } : effect,
        );
        return { ...decision, effects };
      },
    },
    world: 'plain',
    broken: 'lost: message 1/1 is confirmed and not on the disk',
  },
  'a failure forgets when it is tried again': {
    core: {
      ...CORE,
      decide: (state, command, moment) => {
        const decision = CORE.decide(state, command, moment);
        const drafts = decision.drafts.map(({ event, blocks }) => ({
          event: event.type === 'failed' ? { ...event, retryAtMs: Number.POSITIVE_INFINITY } : event,
          blocks,
        }));
        return { ...decision, drafts };
      },
    },
    world: 'failures',
    broken: 'stalled: a message of "q" waits',
  },
  'an ack wakes nobody': {
    core: {
      ...CORE,
      decide: (state, command, moment) => {
        const { then, ...decision } = CORE.decide(state, command, moment);
        return command.type === 'ack' || then === undefined ? decision : { ...decision, then };
      },
    },
    world: 'plain',
    broken: 'stalled: "q" has a ready message',
  },
} as const satisfies Readonly<Record<string, CoreFault>>;

export type CoreFaultName = keyof typeof CORE_FAULTS;
