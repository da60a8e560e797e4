// Two-way codecs for JSON words: one table per word reads it from untrusted JSON and writes it again, so that reader,
// writer and type cannot differ. Keys are snake_case on the wire and camelCase here; unknown keys are ignored; null
// and absent are the same. A reader notes the first misfit and goes on with undefined; it never throws.

import { isCount, type Refusal, textLength } from '../bytes.ts';
import { type ErrorCode, isErrorCode } from '../errors.ts';
import { isAbsent, isObject } from '../json.ts';

/** Collects the first thing that does not fit. */
export class Misfit {
  #first: Refusal<ErrorCode> | null = null;

  note(error: ErrorCode, detail: string): undefined {
    this.#first ??= { type: 'refused', error, detail };
    return undefined;
  }

  get refusal(): Refusal<ErrorCode> {
    return this.#first ?? { type: 'refused', error: 'MALFORMED_CONTROL', detail: 'the word does not have its shape' };
  }
}

export interface Codec<T> {
  /** Undefined exactly when something was noted. `at` names the place for the error message. */
  read(value: unknown, at: string, misfit: Misfit): T | undefined;
  write(value: T): unknown;
}

export interface Field<T> {
  readonly key: string;
  readonly codec: Codec<T>;
  /** What an absent key means; null when the key must be there. */
  readonly fallback: { readonly value: T } | null;
}

export const need = <T>(key: string, codec: Codec<T>): Field<T> => ({ key, codec, fallback: null });

/** A value that is the fallback itself, or as empty a list, is not written. */
export const maybe = <T>(key: string, codec: Codec<T>, fallback: T): Field<T> => ({
  key,
  codec,
  fallback: { value: fallback },
});

export type Table<T> = { readonly [K in keyof T]: Field<T[K]> };

export function record<T extends object>(table: Table<T>): Codec<T> {
  const fields = Object.entries(table) as [string, Field<unknown>][];
  return {
    read(value, at, misfit) {
      if (!isObject(value)) return misfit.note('MALFORMED_CONTROL', `${at || 'the word'} must be an object`);
      const read: Record<string, unknown> = {};
      for (const [name, field] of fields) {
        const part = readField(field, value[field.key], at, misfit);
        if (part === undefined) return undefined;
        read[name] = part;
      }
      return read as T;
    },
    write(value) {
      const written: Record<string, unknown> = {};
      for (const [name, field] of fields) {
        const part = (value as Readonly<Record<string, unknown>>)[name];
        if (field.fallback !== null && isSame(part, field.fallback.value)) continue;
        written[field.key] = field.codec.write(part);
      }
      return written;
    },
  };
}

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
const isSame = (a: unknown, b: unknown): boolean => a === b || (isEmptyList(a) && isEmptyList(b));

function readField(field: Field<unknown>, value: unknown, at: string, misfit: Misfit): unknown {
  const place = at === '' ? field.key : `${at}.${field.key}`;
  if (!isAbsent(value)) return field.codec.read(value, place, misfit);
  return field.fallback === null ? misfit.note('MALFORMED_CONTROL', `${place} is missing`) : field.fallback.value;
}

const same = <T>(value: T): unknown => value;

export const text = (bytesMax: number): Codec<string> => ({
  read(value, at, misfit) {
    if (typeof value !== 'string') return misfit.note('MALFORMED_CONTROL', `${at} must be a text`);
    return textLength(value) <= bytesMax
      ? value
      : misfit.note('INVALID_ARGUMENT', `${at} is longer than ${bytesMax} bytes`);
  },
  write: same,
});

export const flag: Codec<boolean> = {
  read: (value, at, misfit) =>
    typeof value === 'boolean' ? value : misfit.note('MALFORMED_CONTROL', `${at} must be true or false`),
  write: same,
};

export const whole = (min: number, max: number): Codec<number> => ({
  read(value, at, misfit) {
    if (!Number.isSafeInteger(value)) return misfit.note('MALFORMED_CONTROL', `${at} must be a whole number`);
    const count = value as number;
    return count >= min && count <= max ? count : misfit.note('INVALID_ARGUMENT', `${at} must be ${min} to ${max}`);
  },
  write: same,
});

export const count: Codec<number> = whole(0, Number.MAX_SAFE_INTEGER);

/** Opaque to clients, so it travels as text; digits, or the number itself, are read. */
export const id: Codec<number> = {
  read(value, at, misfit) {
    if (isCount(value)) return value;
    const parsed = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : -1;
    return isCount(parsed) ? parsed : misfit.note('MALFORMED_CONTROL', `${at} is not an id that this broker gave`);
  },
  write: (value) => String(value),
};

export const oneOf = <T extends string>(...words: readonly T[]): Codec<T> => ({
  read: (value, at, misfit) =>
    words.includes(value as T)
      ? (value as T)
      : misfit.note('INVALID_ARGUMENT', `${at} must be one of ${words.join(', ')}`),
  write: same,
});

export const list = <T>(codec: Codec<T>, itemsMax: number): Codec<readonly T[]> => ({
  read(value, at, misfit) {
    if (!Array.isArray(value)) return misfit.note('MALFORMED_CONTROL', `${at} must be a list`);
    if (value.length > itemsMax)
      return misfit.note('TOO_MANY_ITEMS', `${at} holds ${value.length}, at most ${itemsMax}`);
    const items: T[] = [];
    for (let i = 0; i < value.length; i++) {
      const item = codec.read(value[i], `${at}[${i}]`, misfit);
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  },
  write: (items) => items.map((item) => codec.write(item)),
});

export const nullable = <T>(codec: Codec<T>): Codec<T | null> => ({
  read: (value, at, misfit) => (value === null ? null : codec.read(value, at, misfit)),
  write: (value) => (value === null ? null : codec.write(value)),
});

/** Any JSON, as it is: for the words whose content another room judges. */
export const anything: Codec<unknown> = {
  read: (value) => value,
  write: same,
};

/** A code from a newer broker means, here, that it failed in a way that has no name yet. */
export const errorCode: Codec<ErrorCode> = {
  read: (value, at, misfit) =>
    typeof value === 'string'
      ? isErrorCode(value)
        ? value
        : 'INTERNAL'
      : misfit.note('MALFORMED_CONTROL', `${at} must be a text`),
  write: same,
};
