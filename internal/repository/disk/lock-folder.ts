// The files of a folder lock: `<data folder>/lock/<generation>.lock`, one per claim, the highest number being the lock.
// Invariant: the highest generation is never removed and nothing but an exclusive link makes a higher one, so the
// number only grows, by one at a time. Lower ones are removed in ascending order, by the holder.
// The first byte of a file says whether the claim is held; the rest is the holder's record and never changes.

import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type LockHolder, parseHolder } from './lock-holder.ts';

const HELD = '+';
const GIVEN_BACK = '-';
const GENERATION = /^(\d{1,15})\.lock$/;
const MODE = { folder: 0o700, file: 0o600 } as const;

export interface Generation {
  readonly number: number;
  readonly record: string;
  /** Null when the claim was given back, or is no claim. */
  readonly holder: LockHolder | null;
}

/** A claim's file before and after it got its number: the link shares it, so one descriptor serves both. */
export interface ClaimFile {
  readonly path: string;
  readonly descriptor: number;
}

export class LockFolder {
  readonly path: string;

  constructor(dataFolder: string) {
    this.path = join(dataFolder, 'lock');
  }

  /** Generation 0, held by nobody, comes with the folder in one rename, so no claim can come before it. */
  ensure(nonce: string): void {
    if (this.#numbers().length > 0) return;
    if (fs.existsSync(this.path)) return this.#restore();
    const prepared = `${this.path}.${nonce}`;
    try {
      fs.mkdirSync(prepared, { mode: MODE.folder });
      fs.writeFileSync(join(prepared, basename(this.#pathOf(0))), GIVEN_BACK, { mode: MODE.file });
      fs.renameSync(prepared, this.path);
    } catch (error) {
      // Another came first and has the folder filled, or the holder swept what was prepared here.
      ignore(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT');
      fs.rmSync(prepared, { recursive: true, force: true });
    }
  }

  /** Null when it was replaced while being looked for. */
  newest(): Generation | null {
    const number = this.#numbers().at(-1);
    return number === undefined ? null : this.read(number);
  }

  read(number: number): Generation | null {
    try {
      const text = fs.readFileSync(this.#pathOf(number), 'utf8');
      const record = text.slice(1);
      return { number, record, holder: text.startsWith(HELD) ? parseHolder(record) : null };
    } catch (error) {
      ignore(error, 'ENOENT');
      return null;
    }
  }

  prepare(holder: LockHolder): ClaimFile {
    const path = join(this.path, `${holder.nonce}.claim`);
    const descriptor = fs.openSync(path, 'wx', MODE.file);
    fs.writeSync(descriptor, HELD + JSON.stringify(holder));
    return { path, descriptor };
  }

  /** Exactly one claim gets a number. */
  claim(file: ClaimFile, number: number): 'claimed' | 'taken' | 'swept' {
    try {
      fs.linkSync(file.path, this.#pathOf(number));
      return 'claimed';
    } catch (error) {
      return ignore(error, 'EEXIST', 'ENOENT') === 'EEXIST' ? 'taken' : 'swept';
    }
  }

  /** Only for a number below the highest. */
  withdraw(number: number): void {
    fs.rmSync(this.#pathOf(number), { force: true });
  }

  giveBack(file: ClaimFile): void {
    fs.writeSync(file.descriptor, GIVEN_BACK, 0);
  }

  discard(file: ClaimFile): void {
    fs.rmSync(file.path, { force: true });
    fs.closeSync(file.descriptor);
  }

  /** For the holder only: removes what earlier claims left, lower numbers first. */
  sweep(held: number, nonce: string): void {
    for (const number of this.#numbers()) if (number < held) this.withdraw(number);
    for (const name of fs.readdirSync(this.path)) {
      if (!GENERATION.test(name) && !name.startsWith(nonce)) fs.rmSync(join(this.path, name), { force: true });
    }
    for (const name of fs.readdirSync(dirname(this.path))) {
      const prepared = name.startsWith(`${basename(this.path)}.`);
      if (prepared) fs.rmSync(join(dirname(this.path), name), { recursive: true, force: true });
    }
  }

  /** A folder without any number is what power loss, or a hand, made of it: no process of before is there to mind. */
  #restore(): void {
    try {
      fs.writeFileSync(this.#pathOf(0), GIVEN_BACK, { flag: 'wx', mode: MODE.file });
    } catch (error) {
      ignore(error, 'EEXIST', 'ENOENT');
    }
  }

  /** In one system call for a folder this small, so a number that moves meanwhile is seen before or after its move. */
  #numbers(): number[] {
    try {
      const names = fs.readdirSync(this.path);
      const numbers = names.flatMap((name) => GENERATION.exec(name)?.[1] ?? []).map(Number);
      return numbers.sort((a, b) => a - b);
    } catch (error) {
      ignore(error, 'ENOENT');
      return [];
    }
  }

  #pathOf(number: number): string {
    return join(this.path, `${number}.lock`);
  }
}

/** Gives the code of an error that was expected; throws any other. */
function ignore(error: unknown, ...codes: readonly string[]): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || !codes.includes(code)) throw error;
  return code;
}
