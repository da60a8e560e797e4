// What a broker is doing, told from its data folder alone: no hook in the broker. The names of files say it: a segment that
// is being prepared (the tail has just moved on), a checkpoint that is being written, a segment that has just gone.

import { existsSync, type FSWatcher, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';

export const PHASES = ['rotation', 'checkpoint', 'trim', 'recovery'] as const;
export type Phase = (typeof PHASES)[number];
export type Moment = Phase | 'load';

/** Calls once, in the moment in which the folder shows the phase. */
export class PhaseWatch {
  readonly #watcher: FSWatcher;

  constructor(folder: string, phase: Phase, call: () => void) {
    let done = false;
    const once = (): void => {
      if (done) return;
      done = true;
      call();
    };
    this.#watcher = watch(folder, (_, name) => {
      if (name !== null && shows(folder, phase, name)) once();
    });
  }

  close(): void {
    this.#watcher.close();
  }
}

function shows(folder: string, phase: Phase, name: string): boolean {
  switch (phase) {
    case 'rotation':
      return name.endsWith('.preparing') && existsSync(join(folder, name));
    case 'checkpoint':
      return name === 'checkpoint.tmp' && existsSync(join(folder, name));
    case 'trim':
      return name.endsWith('.segment') && !existsSync(join(folder, name));
    case 'recovery':
      return false;
  }
}

/** What the killed broker left behind, as proof of what it was at. */
export function leftBehind(folder: string): { readonly preparing: boolean; readonly checkpoint: boolean } {
  const names = readdirSync(folder);
  return { preparing: names.some((name) => name.endsWith('.preparing')), checkpoint: names.includes('checkpoint.tmp') };
}
