// The audit log as it lies in a folder: its lines in order, its signed heads, and the key of whoever signed them. Only
// what is needed at one time is held, so that a log of any length can be read. What a broker is just writing behind the
// last whole line is no part of it yet.

import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AuditFloor,
  type AuditHead,
  isMarkAsWritten,
  readFloor,
  readHead,
  textOf,
} from '../../../pkg/audit/index.ts';

const LOG_FILE = /^\d{20}\.jsonl$/;
const HEADS_FILE = 'heads.jsonl';
const FLOOR_FILE = 'floor.json';
const KEY_FILE = 'public-key.pem';
const NEWLINE = 0x0a;
/** Far beyond what a broker writes: what is longer is no line. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;

/** Null: a line that is neither. */
export type Mark = AuditHead | AuditFloor | null;

export interface LinePlace {
  readonly file: string;
  /** In the file, from 1. */
  readonly line: number;
}

export class LogFolder {
  readonly #folder: string;
  readonly #files: readonly string[];
  #place: LinePlace | null = null;

  readonly #names: readonly string[];

  /** Throws what the system says of a folder that cannot be read. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#names = readdirSync(folder);
    this.#files = this.#names.filter((name) => LOG_FILE.test(name)).sort();
  }

  /** Names of the files that hold its lines, in order. */
  get files(): readonly string[] {
    return this.#files;
  }

  /** Whether there is anything of a log at all. */
  get isThere(): boolean {
    return this.#files.length > 0 || this.#names.includes(HEADS_FILE) || this.#names.includes(FLOOR_FILE);
  }

  /** Of the line that was given last; null before the first. */
  get place(): LinePlace | null {
    return this.#place;
  }

  /** A line of bytes that are no text is empty. */
  async *lines(): AsyncGenerator<string> {
    for (const file of this.#files) {
      let line = 0;
      for await (const text of linesOf(join(this.#folder, file), file === this.#files.at(-1))) {
        line += 1;
        this.#place = { file, line };
        yield text;
      }
    }
  }

  /** Its own heads; a line that is none, or not as one is written, is told apart by null. */
  marks(): readonly Mark[] {
    return this.#names.includes(HEADS_FILE) ? ownHeads(readFileSync(join(this.#folder, HEADS_FILE), 'utf8')) : [];
  }

  /** What retention removed, as the log itself says; null: nothing. */
  floor(): AuditFloor | 'unreadable' | null {
    return this.#names.includes(FLOOR_FILE) ? ownFloor(readFileSync(join(this.#folder, FLOOR_FILE), 'utf8')) : null;
  }

  publicPem(): string | null {
    return this.#names.includes(KEY_FILE) ? readFileSync(join(this.#folder, KEY_FILE), 'utf8') : null;
  }
}

/** Heads that were kept elsewhere, and floors, which are sent to the same place. */
export const marksIn = (path: string): readonly Mark[] => {
  const lines = readFileSync(path, 'utf8').split('\n');
  const torn = readMark(lines.pop() ?? '');
  return [...lines.filter((line) => line !== '').map(readMark), ...(torn === null ? [] : [torn])];
};

const readMark = (line: string): Mark => readHead(line) ?? readFloor(line);

/** Those that lie beside the log, to the letter; what stands behind the last end of line too, if it is one. */
export function ownHeads(text: string): readonly Mark[] {
  const lines = text.split('\n');
  const torn = readOwnHead(lines.pop() ?? '');
  return [...lines.map(readOwnHead), ...(torn === null ? [] : [torn])];
}

function readOwnHead(text: string): AuditHead | null {
  const head = readHead(text);
  return head !== null && isMarkAsWritten(text, head) ? head : null;
}

export function ownFloor(text: string): AuditFloor | 'unreadable' {
  const floor = readFloor(text);
  return floor !== null && text.endsWith('\n') && isMarkAsWritten(text.slice(0, -1), floor) ? floor : 'unreadable';
}

/**
 * Lines of the first `bytes` of a file. What has no end is being written, or was cut by a crash; in a file that was followed
 * by another it is none of either, and shown as a line that is empty.
 */
export async function* linesOf(path: string, isLast: boolean, bytes = Infinity): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  if (bytes === 0) return;
  for await (const chunk of createReadStream(path, { end: bytes - 1 }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      yield textOf(Buffer.concat([...rest, chunk.subarray(from, end)])) ?? '';
      rest = [];
      restBytes = 0;
      from = end + 1;
    }
    if (from === chunk.length) continue;
    rest.push(chunk.subarray(from));
    restBytes += chunk.length - from;
    if (restBytes > LINE_BYTES_MAX) {
      yield '';
      return;
    }
  }
  if (restBytes > 0 && !isLast) yield '';
}
