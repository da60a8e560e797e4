// An empty journal prepares its first segment before anything can be written; a disk that has no room for it must not
// hold up the start, since what is there can still be worked off.

import type { Journal } from '../usecase/ports/journal.ts';

export function firstRoom(journal: Journal): Promise<void> {
  const isKnown = (): boolean => journal.room().free > 0 || journal.room().blocked !== null;
  return new Promise((resolve) => {
    if (isKnown()) return resolve();
    journal.onRoom(() => {
      if (isKnown()) resolve();
    });
  });
}
