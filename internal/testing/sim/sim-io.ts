// The order in which a simulated disk carries out its operations, and what goes wrong on the way: completions in any
// order, planned failures, and the moment the power goes. Knows nothing of files; each operation brings its effects.
// Once the power is off nothing completes and every synchronous word throws SimCrash, until the disk restarts.

import type { Random } from './random.ts';

export type OperationKind = 'read' | 'open' | 'write' | 'sync' | 'name' | 'folderSync';

export interface Operation<Result> {
  readonly kind: OperationKind;
  perform(): Result;
  /** What a failed operation leaves behind all the same. */
  readonly fail?: (random: Random) => void;
}

/** Thrown through the code under test: its process is gone. Not an error of the disk, so it has no code. */
export class SimCrash extends Error {
  override readonly name = 'SimCrash';
}

export class SimDiskError extends Error {
  override readonly name = 'SimDiskError';
  readonly code: string;

  constructor(code: string, detail: string) {
    super(`${code}: ${detail}`);
    this.code = code;
  }
}

interface Planned {
  readonly kind: OperationKind | 'any';
  readonly code: string;
  left: number;
}

export class SimIo {
  readonly #random: Random;
  readonly #schedule: (call: () => void) => void;
  readonly #queue: (() => void)[] = [];
  readonly #counts: Record<OperationKind, number> = { read: 0, open: 0, write: 0, sync: 0, name: 0, folderSync: 0 };
  #flying = new Set<Operation<unknown>>();
  #planned: Planned[] = [];
  #crashAt = Number.POSITIVE_INFINITY;
  #off = false;
  #life = 0;

  constructor(random: Random, schedule: ((call: () => void) => void) | undefined) {
    this.#random = random;
    this.#schedule = schedule ?? ((call) => void this.#queue.push(call));
  }

  /** Counts restarts: a handle of an earlier life is dead. */
  get life(): number {
    return this.#life;
  }

  get off(): boolean {
    return this.#off;
  }

  get flying(): number {
    return this.#flying.size;
  }

  /** Operations that can change what a crash leaves: writes, syncs, names, folder syncs. */
  get operations(): number {
    const { write, sync, name, folderSync } = this.#counts;
    return write + sync + name + folderSync;
  }

  count(kind: OperationKind): number {
    return this.#counts[kind];
  }

  crashAt(operation: number): void {
    this.#crashAt = operation;
  }

  plan(kind: OperationKind | 'any', nth: number, code: string): void {
    this.#planned.push({ kind, code, left: nth });
  }

  now<Result>(operation: Operation<Result>): Result {
    const code = this.#admit(operation);
    if (this.#off) throw new SimCrash('the power is off');
    if (code !== null) throw this.#failed(operation, code);
    return operation.perform();
  }

  later<Result>(operation: Operation<Result>, done: (error: Error | null, result: Result | null) => void): void {
    if (this.#off) return;
    const code = this.#admit(operation);
    if (this.#off) return;
    this.#flying.add(operation);
    const life = this.#life;
    this.#schedule(() => {
      if (this.#off || life !== this.#life) return;
      this.#flying.delete(operation);
      this.#finish(operation, code, done);
    });
  }

  /** Completes one operation in flight, any of them. False when there was none. */
  step(): boolean {
    if (this.#queue.length === 0) return false;
    const index = this.#random.int(this.#queue.length);
    const call = this.#queue[index] as () => void;
    this.#queue[index] = this.#queue.at(-1) as () => void;
    this.#queue.pop();
    call();
    return true;
  }

  /** Ends this life. What was in flight has happened or not, each by itself. */
  restart(random: Random): void {
    for (const operation of this.#flying) {
      if (operation.kind === 'sync' || operation.kind === 'folderSync' || random.bool()) continue;
      try {
        if (operation.fail !== undefined && random.bool()) operation.fail(random);
        else operation.perform();
      } catch (error) {
        // The operation would have failed for a reason of its own (no such file, no room): it changed nothing.
        if (!(error instanceof SimDiskError)) throw error;
      }
    }
    this.#flying = new Set();
    this.#queue.length = 0;
    this.#planned = [];
    this.#crashAt = Number.POSITIVE_INFINITY;
    this.#off = false;
    this.#life += 1;
  }

  /** Counts the operation; gives the code of the failure planned for it, or null. */
  #admit(operation: Operation<unknown>): string | null {
    if (this.#off) throw new SimCrash('the power is off');
    this.#counts[operation.kind] += 1;
    if (this.operations >= this.#crashAt) {
      // The power goes while this operation is under way: it is among those that may have happened.
      this.#off = true;
      this.#flying.add(operation);
      return null;
    }
    let code: string | null = null;
    for (const planned of this.#planned) {
      if (planned.kind !== operation.kind && planned.kind !== 'any') continue;
      planned.left -= 1;
      if (planned.left === 0) code = planned.code;
    }
    this.#planned = this.#planned.filter((planned) => planned.left > 0);
    return code;
  }

  #finish<Result>(
    operation: Operation<Result>,
    code: string | null,
    done: (error: Error | null, result: Result | null) => void,
  ): void {
    let error: Error | null = null;
    let result: Result | null = null;
    try {
      if (code === null) result = operation.perform();
      else error = this.#failed(operation, code);
    } catch (thrown) {
      if (!(thrown instanceof SimDiskError)) throw thrown;
      error = thrown;
    }
    try {
      done(error, result);
    } catch (thrown) {
      // The power went inside the callback: the process that was running it is gone.
      if (!(thrown instanceof SimCrash)) throw thrown;
    }
  }

  #failed(operation: Operation<unknown>, code: string): SimDiskError {
    operation.fail?.(this.#random);
    return new SimDiskError(code, `planned failure of a ${operation.kind}`);
  }
}
