// When a message is due and until when it is worth something: each word, in both places, alone and beside others.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attributes } from './attributes.ts';
import { encodeText } from './bytes.ts';
import { parseObject } from './json.ts';
import { checkAttributes, soundAttributes } from './publish-options.ts';
import { TIME_NAMES, timesOf } from './times.ts';

const NOON = '2030-01-01T12:00:00Z';
const NOON_MS = Date.parse(NOON);
const said = (attributes: object) => timesOf(attributes as Attributes);
const inHeaders = (headers: object) => said({ headers });

describe('a time of a message', () => {
  it.each([
    ['delay_ms', 500, { due: { afterMs: 500 }, expiry: null }],
    ['deliver_at', NOON, { due: { atMs: NOON_MS }, expiry: null }],
    ['deliver_at_unix_ms', NOON_MS, { due: { atMs: NOON_MS }, expiry: null }],
    ['ttl_ms', 500, { due: null, expiry: { afterMs: 500 } }],
    ['deadline_unix_ms', NOON_MS, { due: null, expiry: { atMs: NOON_MS } }],
  ] as const)('%s means the same as an attribute, as a header, and as both', (name, value, times) => {
    expect(said({ [name]: value })).toEqual(times);
    expect(inHeaders({ [name]: value })).toEqual(times);
    expect(inHeaders({ [name]: String(value) })).toEqual(times);
    expect(said({ [name]: value, headers: { [name]: String(value) } })).toEqual(times);
  });

  it('may be one of each kind', () => {
    expect(said({ delay_ms: 5, ttl_ms: 9 })).toEqual({ due: { afterMs: 5 }, expiry: { afterMs: 9 } });
    expect(said({ deliver_at: NOON, headers: { deadline_unix_ms: NOON_MS + 1 } })).toEqual({
      due: { atMs: NOON_MS },
      expiry: { atMs: NOON_MS + 1 },
    });
  });

  it.each(TIME_NAMES)('%s is not said by a value that means off', (name) => {
    for (const off of [null, undefined, '', 0, -0, false, '0', '0001-01-01T00:00:00Z', '0001-01-01T00:00:00+07:00']) {
      expect(said({ [name]: off })).toBeNull();
      expect(inHeaders({ [name]: off })).toBeNull();
      expect(said({ [name]: off, ttl_ms: 7, headers: { delay_ms: '00' } })).toMatchObject(
        name === 'ttl_ms' ? { expiry: { afterMs: 7 } } : { due: null, expiry: { afterMs: 7 } },
      );
    }
  });

  it.each(TIME_NAMES)('%s that says no time is refused by its name', (name) => {
    for (const wrong of ['soon', true, [], {}, -1, 1.5, 2 ** 53, '-5', '1e3', ' 5', '99999999999999999']) {
      expect(said({ [name]: wrong })).toEqual({
        code: 'INVALID_ARGUMENT',
        detail: expect.stringMatching(`^${name} must`),
      });
      expect(inHeaders({ [name]: wrong })).toEqual({
        code: 'INVALID_ARGUMENT',
        detail: expect.stringMatching(`^headers.${name} must`),
      });
    }
  });

  it('is a number where it is no header: digits as a text are refused', () => {
    expect(said({ ttl_ms: '500' })).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(checkAttributes({ ttl_ms: '500' })).toMatchObject({ code: 'MALFORMED_OPTIONS' });
    expect(checkAttributes({ deliver_at: 5 })).toMatchObject({ code: 'MALFORMED_OPTIONS' });
  });

  it('is exact to the last whole number, and refused above it', () => {
    expect(said({ ttl_ms: Number.MAX_SAFE_INTEGER })).toEqual({
      due: null,
      expiry: { afterMs: Number.MAX_SAFE_INTEGER },
    });
    expect(inHeaders({ ttl_ms: '9007199254740991' })).toEqual({ due: null, expiry: { afterMs: 2 ** 53 - 1 } });
    expect(inHeaders({ ttl_ms: '9007199254740992' })).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('in 1970 or before it is long past, and not the 0 that means none', () => {
    for (const past of ['1970-01-01T00:00:00Z', '1960-01-01T00:00:00Z', '0001-01-02T00:00:00Z']) {
      expect(said({ deliver_at: past })).toEqual({ due: { atMs: 1 }, expiry: null });
    }
  });
});

describe('times that exclude each other', () => {
  it.each([
    ['delay_ms and deliver_at', { delay_ms: 5, deliver_at: NOON }],
    ['delay_ms and deliver_at_unix_ms', { delay_ms: 5, headers: { deliver_at_unix_ms: NOON_MS } }],
    ['deliver_at and deliver_at_unix_ms', { deliver_at: NOON, deliver_at_unix_ms: NOON_MS }],
    ['ttl_ms and deadline_unix_ms', { ttl_ms: 5, deadline_unix_ms: NOON_MS }],
    ['ttl_ms and deadline_unix_ms', { headers: { ttl_ms: '5', deadline_unix_ms: NOON_MS } }],
    ['ttl_ms and headers.ttl_ms', { ttl_ms: 5, headers: { ttl_ms: '6' } }],
    ['deliver_at and headers.deliver_at', { deliver_at: NOON, headers: { deliver_at: '2030-01-01T12:00:01Z' } }],
  ])('are refused with both names: %s', (names, attributes) => {
    const refused = said(attributes);
    expect(refused).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(refused).toMatchObject({ detail: expect.stringContaining(names) });
  });

  it('are none where one of them means off, or both places mean one moment', () => {
    expect(said({ delay_ms: 0, deliver_at: NOON })).toEqual({ due: { atMs: NOON_MS }, expiry: null });
    expect(said({ ttl_ms: 5, headers: { ttl_ms: '' } })).toEqual({ due: null, expiry: { afterMs: 5 } });
    expect(said({ deliver_at: NOON, headers: { deliver_at: '2030-01-01T13:00:00+01:00' } })).toEqual({
      due: { atMs: NOON_MS },
      expiry: null,
    });
  });
});

it('no time is found in what says none', () => {
  expect(said({})).toBeNull();
  expect(said({ priority: 1, source: 's', headers: { mine: 'ttl_ms' } })).toBeNull();
});

it('attributes with times are sound, and those that mean none are left out', () => {
  const times = { delay_ms: 5, ttl_ms: 9 };
  expect(soundAttributes({ source: 's', ...times, deliver_at: '0001-01-01T00:00:00Z' })).toEqual({
    source: 's',
    ...times,
  });
});

it('attributes of which some have an effect elsewhere are delivered too', () => {
  expect(soundAttributes({ codec: 'json', idempotency_key: 'k' })).toEqual({ codec: 'json' });
});

it('never throws, and gives whole times or a code, whatever JSON it is given', () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.double(),
    fc.nat(),
    fc.constantFrom('5', '0', NOON, '0001-01-01T00:00:00Z', '9999-12-31T23:59:60-23:59'),
  );
  const names = Object.fromEntries(TIME_NAMES.map((name) => [name, value]));
  const some = fc.record(names, { requiredKeys: [] });
  const all = fc.oneof(
    fc.record({ ...names, headers: fc.oneof(some, fc.jsonValue()) }, { requiredKeys: [] }),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(all, (given) => {
      const attributes = parseObject(encodeText(JSON.stringify(given)), 1 << 20);
      if (attributes === null) return;
      const times = timesOf(attributes);
      if (times === null) return;
      if ('code' in times) {
        expect(times.code).toBe('INVALID_ARGUMENT');
        return;
      }
      for (const time of [times.due, times.expiry]) {
        if (time === null) continue;
        const [ms] = Object.values(time) as [number];
        expect(Number.isSafeInteger(ms) && ms > 0).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});
