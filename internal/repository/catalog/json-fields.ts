// Reads JSON that somebody else wrote, field by field. Whatever is wrong is said with the file and the path of the
// field, so that it can be mended; nothing is guessed, and no field is passed over in silence.

import { createHash } from 'node:crypto';
import { type ErrorCode, TachyonError } from '../../../pkg/protocol/errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Says whether two files are the same one: what was imported once is known by this. */
export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** `undefined` for an empty file, which the earlier system reads as an empty store. */
export function readJson(bytes: Uint8Array, file: string): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new TachyonError('INVALID_CONFIG', `${file}: is not UTF-8 text`, { cause });
  }
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TachyonError('INVALID_CONFIG', `${file}: is not JSON: ${(cause as Error).message}`, { cause });
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of one object. `null` counts as absent, as the earlier writer means it. */
export class JsonFields {
  readonly #object: JsonObject;
  readonly #path: string;
  readonly #code: ErrorCode;

  /** `path` names the object for people; `code` is what a field of the wrong type is refused with. */
  constructor(value: unknown, path: string, code: ErrorCode) {
    this.#path = path;
    this.#code = code;
    if (!isObject(value)) throw new TachyonError(code, `${path}: must be an object`);
    this.#object = value;
  }

  /** Refuses fields that are not in the list: a misspelt one would otherwise do nothing. */
  allow(names: readonly string[]): void {
    for (const name of Object.keys(this.#object)) {
      if (!names.includes(name)) throw this.wrong(name, 'is not a known field');
    }
  }

  text(name: string, absent?: string): string {
    return this.#read(name, absent, 'must be text', (value) => typeof value === 'string');
  }

  flag(name: string, absent?: boolean): boolean {
    return this.#read(name, absent, 'must be true or false', (value) => typeof value === 'boolean');
  }

  integer(name: string, absent?: number): number {
    return this.#read(name, absent, 'must be a whole number', (value) => Number.isSafeInteger(value));
  }

  count(name: string, absent?: number): number {
    return this.#read(
      name,
      absent,
      'must be a whole number from 0',
      (value) => Number.isSafeInteger(value) && (value as number) >= 0,
    );
  }

  /** An object whose values are all text. */
  texts(name: string): Readonly<Record<string, string>> {
    const value = this.#read<JsonObject>(name, {}, 'must be an object', isObject);
    for (const [key, text] of Object.entries(value)) {
      if (typeof text !== 'string') throw this.wrong(`${name}.${key}`, 'must be text');
    }
    return value as Readonly<Record<string, string>>;
  }

  wrong(name: string, what: string, code: ErrorCode = this.#code): TachyonError {
    return new TachyonError(code, `${this.#path}.${name}: ${what}`);
  }

  #read<T>(name: string, absent: T | undefined, what: string, fits: (value: unknown) => boolean): T {
    const value = Object.hasOwn(this.#object, name) ? this.#object[name] : null;
    if (value === null) {
      if (absent === undefined) throw this.wrong(name, 'is missing');
      return absent;
    }
    if (!fits(value)) throw this.wrong(name, what);
    return value as T;
  }
}
