// Planted faults of what is built on the turn: times, copies, conditions, batches, limits.

import type { Engine } from '../../app/engine.ts';
import type { Command } from '../../domain/command.ts';
import { NO_QUOTAS } from '../../domain/quotas.ts';
import type { Plant } from '../sim/world/sim-broker.ts';
import { journalWith } from './journal-with.ts';

/** What a message waits for stands in memory alone. */
export const forgottenTimes: Plant = {
  journal: journalWith((journal) => {
    const add = journal.add.bind(journal);
    journal.add = (event, blocks, timeMs) => {
      if (event.type !== 'accepted') return add(event, blocks, timeMs);
      const { times: _forgotten, ...rest } = event;
      return add(rest, blocks, timeMs);
    };
  }),
};

/** That a dead letter is owed a copy stands in memory alone. */
export const forgottenCopies: Plant = {
  journal: journalWith((journal) => {
    const add = journal.add.bind(journal);
    journal.add = (event, blocks, timeMs) =>
      event.type === 'copy-owed' ? { position: journal.durable, offset: 0, timeMs } : add(event, blocks, timeMs);
  }),
};

/** That a copy was made stands in memory alone: it is made again after a restart. */
export const copiesMadeAgain: Plant = {
  journal: journalWith((journal) => {
    const add = journal.add.bind(journal);
    journal.add = (event, blocks, timeMs) => {
      if (event.type !== 'accepted') return add(event, blocks, timeMs);
      const { notes: _forgotten, ...rest } = event;
      return add(rest, blocks, timeMs);
    };
  }),
};

/** The conditions of a route stand in memory alone. */
export const forgottenConditions: Plant = {
  journal: journalWith((journal) => {
    const add = journal.add.bind(journal);
    journal.add = (event, blocks, timeMs) =>
      add(event.type === 'route-shaped' ? { ...event, traits: {} } : event, blocks, timeMs);
  }),
};

/** Half of a batch is taken in one turn and the rest in the next: a crash between them tears it. */
export const tornBatch: Plant = {
  engine: (engine: Engine) => {
    const { broker } = engine;
    const turn = broker.turn.bind(broker);
    let later: Command[] = [];
    broker.turn = (commands, nowMs) => {
      const now: Command[] = [];
      const all = [...later, ...commands];
      later = [];
      for (const command of all) {
        const isTorn = command.type === 'publish' && command.atomic === true && command.messages.length > 1;
        // What stands behind a torn one waits with its rest, so that answers keep their order.
        if (later.length > 0) later.push(command);
        else if (isTorn) {
          const half = command.messages.length >> 1;
          now.push({ ...command, messages: command.messages.slice(0, half), atomic: false });
          const messages = command.messages.slice(half);
          later.push({ ...command, messages, firstSequence: command.firstSequence + half, atomic: false });
          engine.wake();
        } else now.push(command);
      }
      return turn(now, nowMs);
    };
  },
};

/** The word that says that messages belong together is not heard. */
export const batchTakenApart: Plant = {
  engine: ({ broker }: Engine) => {
    const turn = broker.turn.bind(broker);
    broker.turn = (commands, nowMs) =>
      turn(
        commands.map((command) => (command.type === 'publish' ? { ...command, atomic: false } : command)),
        nowMs,
      );
  },
};

/** Accepts look at no quota, and hand-overs at none either. */
export const unboundedBroker: Plant = {
  engine: ({ state }) => {
    Object.defineProperty(state, 'limits', { value: { ...state.limits, quotas: NO_QUOTAS } });
  },
};

/** What a crash took back from consumers still counts as theirs. */
export const countLeaksAtRestart: Plant = {
  engine: ({ state }) => {
    const usage = state.usage.of('');
    if (state.epoch > 0 && usage !== undefined && usage.messages > 0) usage.lease(1, 0);
  },
};

/** Whoever said that it would wait is refused like the others. */
export const nobodyMayWait: Plant = {
  engine: ({ broker }) => {
    const turn = broker.turn.bind(broker);
    broker.turn = (commands, nowMs) =>
      turn(
        commands.map((command) => (command.type === 'publish' ? { ...command, waits: false } : command)),
        nowMs,
      );
  },
};
