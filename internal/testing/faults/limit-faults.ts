// Planted faults of a broker that keeps no bounds, or that forgets whoever waits for them.

import { NO_QUOTAS } from '../../domain/quotas.ts';
import type { Plant } from '../sim/world/sim-broker.ts';

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

/** A consumer that has had what its throttle lets pass is never looked at again. */
export const throttledForEver: Plant = {
  engine: ({ state }) => {
    state.throttled.add = () => state.throttled;
  },
};
