// Planted faults of a broker that takes batches apart.

import type { Engine } from '../../app/engine.ts';
import type { Command } from '../../domain/command.ts';
import type { Plant } from '../sim/world/sim-broker.ts';

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
