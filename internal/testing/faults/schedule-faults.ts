// Planted faults of schedules: what a broker would do that keeps its schedules beside the journal, or its clock beside the events.

import type { SoundJournal } from '../../app/world.ts';
import type { Plant } from '../sim/world/sim-broker.ts';
import { periodOf } from '../sim/world/sim-calendar.ts';

/** The answer that a scheduled message is cancelled leaves, and the restart brings the message back. */
const cancelInMemory: Plant = {
  journal: (sound: SoundJournal) => {
    const start = sound.start.bind(sound);
    sound.start = () => {
      const journal = start();
      const add = journal.add.bind(journal);
      journal.add = (event, blocks, timeMs) =>
        event.type === 'cancelled' ? { position: journal.durable, offset: 0, timeMs } : add(event, blocks, timeMs);
      return journal;
    };
    return sound;
  },
};

/** That a schedule has fired is recorded behind its message, and lost with the process. */
const fireInTwoSteps: Plant = {
  engine: ({ state }) => {
    for (const cron of [...state.crons.all.values()]) {
      if (cron.fired > 0)
        state.crons.put({ ...cron, fired: cron.fired - 1, nextMs: cron.nextMs - periodOf(cron.plan) });
    }
  },
};

/** What is nearly due is taken for due. */
const firesEarly: Plant = {
  engine: ({ state }) => {
    const { crons } = state;
    const put = crons.put.bind(crons);
    crons.put = (cron) => put({ ...cron, nextMs: cron.nextMs - 40 });
  },
};

/** Time that passed while the broker was away did not pass for its schedules. */
const forgetsWhatItMissed: Plant = {
  engine: ({ state }) => {
    const { crons, calendar } = state;
    const wallMs = Math.max(0, ...[...crons.all.values()].map(({ nextMs }) => nextMs));
    for (const cron of [...crons.all.values()]) {
      crons.put({ ...cron, nextMs: calendar.nextFire(cron.plan, wallMs + 500) ?? 0 });
    }
  },
};

export const SCHEDULE_FAULTS = {
  'a cancel that the restart forgets': cancelInMemory,
  'a schedule fires again after a restart': fireInTwoSteps,
  'a schedule fires early': firesEarly,
  'a schedule forgets what it missed': forgetsWhatItMissed,
} as const satisfies Readonly<Record<string, Plant>>;
