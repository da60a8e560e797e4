// Settings whose value is JSON: read strictly, and what is wrong is said in one sentence without the value.

export type JsonRecord = Readonly<Record<string, unknown>>;

export class JsonFault extends Error {}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new JsonFault('it is no JSON');
  }
}

const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object, with no other keys than these. */
export function recordOf(value: unknown, what: string, keys: readonly string[] | null): JsonRecord {
  if (!isRecord(value)) throw new JsonFault(`${what} is no object`);
  const unknown = keys === null ? undefined : Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw new JsonFault(`${what} has "${unknown}": known are ${keys?.join(', ')}`);
  return value;
}

/** A whole number from 1 on; absent or 0: no bound. */
export function boundIn(record: JsonRecord, key: string, what: string): number {
  const value = record[key] ?? 0;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new JsonFault(`${key} of ${what} is no whole number from 0 on`);
  }
  return value === 0 ? Number.POSITIVE_INFINITY : value;
}

/** What is wrong with it, or null. */
export function faultIn(read: () => unknown): string | null {
  try {
    read();
    return null;
  } catch (error) {
    if (error instanceof JsonFault) return error.message;
    throw error;
  }
}
