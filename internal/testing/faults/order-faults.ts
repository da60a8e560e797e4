// Planted faults of classes and lanes.

import { NO_POSITION } from '../../domain/ids.ts';
import type { Plant } from '../sim/world/sim-broker.ts';

/** A key goes on as soon as its consumer has answered, though the answer may be lost with the power. */
export const keyGoesOnBeforeSync: Plant = {
  engine: ({ state }) => {
    Object.defineProperty(state, 'applying', { get: () => NO_POSITION, set: () => {} });
  },
};

/** A restart knows the messages, and nothing of their classes and keys. */
export const forgottenTraits: Plant = {
  engine: ({ state }) => {
    for (const queue of state.queues.values()) {
      for (const chunk of queue.entries.chunks) chunk.traits = null;
      queue.order = null;
      queue.entries.rewind();
    }
  },
};
