// Arguments of an operator's words, checked field by field; the first that does not fit is named.

import type { ErrorCode } from '../../../pkg/protocol/errors.ts';
import { isObject, type JsonObject } from '../../../pkg/protocol/json.ts';

export class ArgumentFault extends Error {
  readonly code: ErrorCode;
  constructor(detail: string, code: ErrorCode = 'INVALID_ARGUMENT') {
    super(detail);
    this.code = code;
  }
}

export class Args {
  readonly #given: JsonObject;

  constructor(given: unknown, known: readonly string[]) {
    if (!isObject(given)) throw new ArgumentFault('args must be an object');
    for (const name of Object.keys(given)) {
      if (!known.includes(name)) throw new ArgumentFault(`unknown argument "${name}"; known: ${known.join(', ')}`);
    }
    this.#given = given;
  }

  has(name: string): boolean {
    return this.#given[name] !== undefined && this.#given[name] !== null;
  }

  text(name: string, fallback?: string): string {
    const value = this.#given[name] ?? fallback;
    if (typeof value !== 'string') throw new ArgumentFault(`"${name}" must be a text`);
    return value;
  }

  textOrNull(name: string): string | null {
    return this.has(name) ? this.text(name) : null;
  }

  base64(name: string): Uint8Array {
    try {
      return Uint8Array.from(atob(this.text(name, '')), (character) => character.charCodeAt(0));
    } catch (error) {
      if (error instanceof ArgumentFault) throw error;
      throw new ArgumentFault(`"${name}" must be base64`);
    }
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.#given[name] ?? fallback;
    if (typeof value !== 'boolean') throw new ArgumentFault(`"${name}" must be true or false`);
    return value;
  }

  whole(name: string, min: number, max: number, fallback?: number): number {
    const value = this.#given[name] ?? fallback;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      throw new ArgumentFault(`"${name}" must be a whole number from ${min} to ${max}`);
    }
    return value;
  }

  fraction(name: string, min: number, max: number): number {
    const value = this.#given[name];
    if (typeof value !== 'number' || !(value >= min && value <= max)) {
      throw new ArgumentFault(`"${name}" must be a number from ${min} to ${max}`);
    }
    return value;
  }

  oneOf<Word extends string>(name: string, words: readonly Word[]): Word {
    const value = this.#given[name];
    const known = words.find((word) => word === value);
    if (known === undefined) throw new ArgumentFault(`"${name}" must be one of ${words.join(', ')}`);
    return known;
  }

  texts(name: string): readonly string[] {
    const value = this.#given[name] ?? [];
    if (!Array.isArray(value) || !value.every((item): item is string => typeof item === 'string')) {
      throw new ArgumentFault(`"${name}" must be a list of texts`);
    }
    return value;
  }

  objects(name: string, most: number): readonly JsonObject[] {
    const value = this.#given[name] ?? [];
    if (!Array.isArray(value) || !value.every(isObject)) throw new ArgumentFault(`"${name}" must be a list of objects`);
    if (value.length > most) throw new ArgumentFault(`"${name}" may have at most ${most} items`);
    return value;
  }

  object(name: string): JsonObject {
    const value = this.#given[name] ?? {};
    if (!isObject(value)) throw new ArgumentFault(`"${name}" must be an object`);
    return value;
  }

  textMap(name: string, charactersMax: number): Readonly<Record<string, string>> {
    const value = this.#given[name] ?? {};
    if (!isObject(value) || !Object.values(value).every((item) => typeof item === 'string')) {
      throw new ArgumentFault(`"${name}" must be an object of texts`);
    }
    if (JSON.stringify(value).length > charactersMax) {
      throw new ArgumentFault(`"${name}" must have at most ${charactersMax} characters as JSON`);
    }
    return value as Readonly<Record<string, string>>;
  }
}
