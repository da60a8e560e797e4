// How flags are read: counts, sizes, durations, truths, settings. What cannot be read is refused with what it should be.

import { InvalidArgumentError } from 'commander';

export function whole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

const BYTES: Readonly<Record<string, number>> = { '': 1, b: 1, kb: 1024, mb: 1024 ** 2 };

/** `100`, `512B`, `64KB`, `8MB`. */
export function bytes(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,9})\s*([a-z]*)$/i.exec(text) ?? [];
  const factor = BYTES[unit.toLowerCase()];
  if (number === '' || factor === undefined)
    throw new InvalidArgumentError('It must be a size such as 512B, 64KB or 8MB.');
  return Number(number) * factor;
}

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `500ms`, `20s`, `10m`, `4h`. */
export function duration(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text) ?? [];
  if (number === '') throw new InvalidArgumentError('It must be a duration such as 500ms, 20s, 10m or 4h.');
  return Math.round(Number(number) * (MILLISECONDS[unit] as number));
}

/** A duration that is not nothing. */
export function someDuration(text: string): number {
  const ms = duration(text);
  if (ms === 0) throw new InvalidArgumentError('It must be longer than nothing.');
  return ms;
}

export function truth(text: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new InvalidArgumentError('It must be true or false.');
}

/** `NAME=value`, any number of times. */
export function setting(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [, name = '', value = ''] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(text) ?? [];
  if (name === '')
    throw new InvalidArgumentError('It must be NAME=value, as the broker reads it from its environment.');
  return { ...before, [name]: value };
}
