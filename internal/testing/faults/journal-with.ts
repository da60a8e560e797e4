// A broker's journal with some of its words replaced.

import type { SoundJournal } from '../../app/world.ts';
import type { Journal } from '../../usecase/ports/journal.ts';
import type { Plant } from '../sim/world/sim-broker.ts';

/** The journal that a broker is given, with some of its words replaced. */
export const journalWith =
  (change: (journal: Journal) => void): NonNullable<Plant['journal']> =>
  (sound: SoundJournal): SoundJournal => {
    const start = sound.start.bind(sound);
    sound.start = () => {
      const journal = start();
      change(journal);
      return journal;
    };
    return sound;
  };
