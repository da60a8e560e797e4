// From when on a message is due and from when on it is worth nothing, as its producer says it: as attributes, or as
// headers of the same names, which mean the same. Never throws, whatever the attributes are; limits of how far ahead
// are not of the wire, and whoever has a clock judges them.

import type { Attributes, OptionRefusal } from './attributes.ts';
import { isAbsent } from './json.ts';
import { noTime } from './off-values.ts';
import { parseTime } from './rfc3339.ts';

/** After the acceptance, or at a time since 1970. */
export type SaidTime = { readonly afterMs: number } | { readonly atMs: number };

export interface SaidTimes {
  readonly due: SaidTime | null;
  readonly expiry: SaidTime | null;
}

export const TIME_NAMES = ['delay_ms', 'deliver_at', 'deliver_at_unix_ms', 'ttl_ms', 'deadline_unix_ms'] as const;
type TimeName = (typeof TIME_NAMES)[number];

const DUE: readonly TimeName[] = ['delay_ms', 'deliver_at', 'deliver_at_unix_ms'];
const EXPIRY: readonly TimeName[] = ['ttl_ms', 'deadline_unix_ms'];

/** Null: neither, as for every message without attributes. */
export function timesOf(attributes: Attributes): SaidTimes | OptionRefusal | null {
  const due = saidOnce(attributes, DUE);
  if (due !== null && 'code' in due) return due;
  const expiry = saidOnce(attributes, EXPIRY);
  if (expiry !== null && 'code' in expiry) return expiry;
  return due === null && expiry === null ? null : { due, expiry };
}

/** Which of two different words was meant cannot be known here, and guessing would give one message at a wrong time. */
function saidOnce(attributes: Attributes, names: readonly TimeName[]): SaidTime | OptionRefusal | null {
  let said: SaidTime | null = null;
  let by: TimeName | null = null;
  for (const name of names) {
    const ms = msSaid(attributes, name);
    if (ms === null) continue;
    if (typeof ms !== 'number') return ms;
    if (by !== null) return invalid(`${by} and ${name} exclude each other`);
    by = name;
    said = name === 'delay_ms' || name === 'ttl_ms' ? { afterMs: ms } : { atMs: ms };
  }
  return said;
}

function msSaid(attributes: Attributes, name: TimeName): number | OptionRefusal | null {
  const header = attributes.headers?.[name];
  const above = msOf(attributes[name], name, false);
  if (isAbsent(header) || (above !== null && typeof above !== 'number')) return above;
  const below = msOf(header, name, true);
  if (below === null || typeof below !== 'number') return below ?? above;
  if (above !== null && above !== below) return invalid(`${name} and headers.${name} say different things`);
  return below;
}

/** Headers are mostly texts, so that digits in one are a number. */
const DIGITS = /^\d{1,16}$/;

function msOf(value: unknown, name: TimeName, inHeaders: boolean): number | OptionRefusal | null {
  if (isAbsent(value) || noTime(value)) return null;
  if (name === 'deliver_at') {
    const ms = typeof value === 'string' ? parseTime(value, 'up') : null;
    // What is due before 1970 is due in the past; 0 would say that it is due at no time.
    return ms === null ? invalid(`${shownName(name, inHeaders)} must be an RFC 3339 time`) : Math.max(1, ms);
  }
  const ms = inHeaders && typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  if (typeof ms !== 'number' || !Number.isSafeInteger(ms) || ms < 0) {
    return invalid(`${shownName(name, inHeaders)} must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`);
  }
  return ms === 0 ? null : ms;
}

const shownName = (name: TimeName, inHeaders: boolean): string => (inHeaders ? `headers.${name}` : name);

const invalid = (detail: string): OptionRefusal => ({ code: 'INVALID_ARGUMENT', detail });
