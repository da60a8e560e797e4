// A journal that is listened to from its start on: what is replayed before is not heard.

import type { Journal } from '../usecase/ports/journal.ts';
import type { World } from './world.ts';

export const watchedStart =
  (openJournal: World['openJournal'], watch: (journal: Journal) => Journal): World['openJournal'] =>
  () => {
    const sound = openJournal();
    return {
      lastTimeMs: sound.lastTimeMs,
      replay: (fullFrom, visit) => sound.replay(fullFrom, visit),
      retain: (position, bytes, entries) => sound.retain(position, bytes, entries),
      release: (position, bytes, entries) => sound.release(position, bytes, entries),
      missing: (reason) => sound.missing?.(reason) ?? null,
      start: () => watch(sound.start()),
    };
  };
