// The taker's process, from outside.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TakerGiven } from './taker.ts';

const ENTRY = join(import.meta.dirname, 'taker.ts');

export class Taking {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async begin(given: TakerGiven): Promise<Taking> {
    const child = fork(ENTRY, [JSON.stringify(given)]);
    await Promise.race([once(child, 'message'), failed(child)]);
    return new Taking(child);
  }

  /** Messages taken so far. */
  async taken(): Promise<number> {
    this.#child.send('count');
    const [count] = await once(this.#child, 'message');
    return count as number;
  }

  async end(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }
}

async function failed(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit');
  throw new Error(`the taker ended with ${code}`);
}
