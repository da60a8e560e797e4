// JSON from untrusted bytes. Parsing happens behind a size bound, and what fails is a value, not a throw.

import { isUtf8, readText } from './bytes.ts';

export type JsonScalar = string | number | boolean | null;
export type JsonObject = { readonly [key: string]: unknown };

/** The object that the bytes spell, or null: too long, not UTF-8, not JSON, not an object. */
export function parseObject(bytes: Uint8Array, sizeMax: number, start = 0, end = bytes.length): JsonObject | null {
  if (end - start > sizeMax || !isUtf8(bytes, start, end)) return null;
  let value: unknown;
  try {
    value = JSON.parse(readText(bytes, start, end));
  } catch {
    return null; // not JSON: the caller has the code for it
  }
  return isObject(value) ? value : null;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isJson = (bytes: Uint8Array, sizeMax: number): boolean => {
  if (bytes.length > sizeMax || !isUtf8(bytes, 0, bytes.length)) return false;
  try {
    JSON.parse(readText(bytes, 0, bytes.length));
    return true;
  } catch {
    return false; // the question was whether it parses
  }
};

/** Null and undefined both mean that a field was not given. */
export const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined;
