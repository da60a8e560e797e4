// The earlier dead-letter file: every record is read or named, none is dropped in silence.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { parseDlqFile } from './dlq-file.ts';

const FILE = 'wal.dlq';
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (value: unknown): ReturnType<typeof parseDlqFile> => parseDlqFile(bytesOf(JSON.stringify(value)), FILE);
/** As the earlier broker writes it. */
const record = (over: object = {}): object => ({
  message_id: 'm1',
  consumer_id: 'node-1',
  session_id: 'sess_000001',
  tenant_id: 'acme',
  topic: 'user.created',
  payload: 'eyJpZCI6MX0=',
  priority: 'normal',
  enqueue_sequence: 42,
  attempt: 3,
  reason: 'delivery_timeout',
  dead_lettered_at: '2026-04-11T09:30:00.123456789Z',
  replay_count: 0,
  last_replay_at: '0001-01-01T00:00:00Z',
  last_replay_target: '',
  ...over,
});

describe('a file of dead letters', () => {
  it('as the earlier broker writes it comes in whole', () => {
    const { records, refused } = parse({ version: 2, data: { m1: record() } });
    expect(refused).toEqual([]);
    expect(records).toEqual([
      {
        messageId: 'm1',
        tenant: 'acme',
        topic: 'user.created',
        consumer: 'node-1',
        session: 'sess_000001',
        payload: Buffer.from('{"id":1}'),
        priority: 'normal',
        enqueueSequence: 42,
        attempt: 3,
        reason: 'delivery_timeout',
        deadLetteredAtMs: Date.UTC(2026, 3, 11, 9, 30, 0, 123),
        replayCount: 0,
        lastReplayAtMs: null,
        lastReplayTarget: '',
      },
    ]);
  });

  it('without an envelope comes in the same, whatever the ids', () => {
    const bare = parse({
      m1: record(),
      version: record({ message_id: 'version' }),
      data: record({ message_id: 'data' }),
    });
    expect(bare.refused).toEqual([]);
    expect(bare.records.map(({ messageId }) => messageId)).toEqual(['data', 'm1', 'version']);
  });

  it.each(['', '\n', 'null', '{}', '{"version":2,"data":null}', '{"version":2,"data":{}}'])(
    'of %j is an empty store',
    (text) => {
      expect(parseDlqFile(bytesOf(text), FILE)).toMatchObject({ records: [], refused: [] });
    },
  );

  it('is listed oldest first, then by id', () => {
    const data = {
      c: record({ message_id: 'c', dead_lettered_at: '2026-01-02T00:00:00+02:00' }),
      b: record({ message_id: 'b', dead_lettered_at: '2026-01-02T00:00:00Z' }),
      a: record({ message_id: 'a', dead_lettered_at: '2026-01-02T00:00:00Z' }),
      z: record({ message_id: 'z', dead_lettered_at: null }),
    };
    expect(parse({ version: 2, data }).records.map(({ messageId }) => messageId)).toEqual(['z', 'c', 'a', 'b']);
  });

  it('needs no more of a record than its topic', () => {
    expect(parse({ m1: { topic: 'a' } }).records).toMatchObject([
      { messageId: 'm1', tenant: '', consumer: '', attempt: 0, payload: Buffer.alloc(0), deadLetteredAtMs: null },
    ]);
  });

  it('may hold a payload of many megabytes', () => {
    const payload = Buffer.alloc(12_000_001, 7);
    expect(parse({ m1: record({ payload: payload.toString('base64') }) }).records[0]?.payload.length).toBe(
      payload.length,
    );
  });

  it('has a digest of its bytes', () => {
    expect(parseDlqFile(bytesOf(''), FILE).digest).toHaveLength(64);
    expect(parse({ m1: record() }).digest).not.toBe(parse({ version: 2, data: { m1: record() } }).digest);
  });
});

describe('a record that breaks a rule is refused alone, and named:', () => {
  it.each<[string, string, object]>([
    ['INVALID_TOPIC', 'topic', { topic: 'a..b' }],
    ['INVALID_TOPIC', 'topic', { topic: 'a.*' }],
    ['RESERVED_TOPIC', 'topic', { topic: '_dlq.a' }],
    ['INVALID_ARGUMENT', 'topic', { topic: null }],
    ['INVALID_ARGUMENT', 'message_id', { message_id: 'other' }],
    ['INVALID_NAME', 'consumer_id', { consumer_id: ' x' }],
    ['INVALID_NAME', 'tenant_id', { tenant_id: 'a\0b' }],
    ['MALFORMED_BODY', 'payload', { payload: 'not base64!' }],
    ['MALFORMED_BODY', 'payload', { payload: 'AAA' }],
    ['MALFORMED_BODY', 'payload', { payload: 'AB==' }],
    ['INVALID_ARGUMENT', 'payload', { payload: [1, 2] }],
    ['INVALID_ARGUMENT', 'attempt', { attempt: -1 }],
    ['INVALID_ARGUMENT', 'attempt', { attempt: '3' }],
    ['INVALID_ARGUMENT', 'enqueue_sequence', { enqueue_sequence: 1e300 }],
    ['INVALID_ARGUMENT', 'dead_lettered_at', { dead_lettered_at: 'yesterday' }],
    ['INVALID_ARGUMENT', 'dead_lettered_at', { dead_lettered_at: '2026-13-01T00:00:00Z' }],
    ['INVALID_ARGUMENT', 'reason', { reason: {} }],
    ['INVALID_ARGUMENT', 'resaon', { resaon: 'x' }],
  ])('%s for %s in %j', (code, field, over) => {
    const { records, refused } = parse({ version: 2, data: { m1: record(over), m2: record({ message_id: 'm2' }) } });
    expect(records.map(({ messageId }) => messageId)).toEqual(['m2']);
    expect(refused).toEqual([
      { id: 'm1', code, detail: expect.stringMatching(new RegExp(`^wal\\.dlq: "m1"\\.${field}: `)) },
    ]);
  });

  it('also when it is no object, or its id is empty', () => {
    const { records, refused } = parse({
      version: 2,
      data: { '': record({ message_id: '' }), m2: 7, m3: [], m4: null },
    });
    expect(records).toEqual([]);
    expect(refused.map(({ id }) => id)).toEqual(['', 'm2', 'm3', 'm4']);
  });
});

describe('a file that is no store of dead letters is refused whole:', () => {
  it.each([
    ['[]', 'must be an object'],
    ['"x"', 'must be an object'],
    ['{"version":3,"data":{}}', 'version: is 3'],
    ['{"version":0,"data":{}}', 'version: is 0'],
    ['{"version":2,"data":[]}', 'data: must be an object'],
    ['{"version":2,"data":{},"more":1}', 'more: is not a known field'],
    ['{"version":2', 'is not JSON'],
  ])('%s', (text, detail) => {
    expect(() => parseDlqFile(bytesOf(text), FILE)).toThrow(TachyonError);
    expect(() => parseDlqFile(bytesOf(text), FILE)).toThrow(detail);
  });
});

it('every record of any store is either taken or refused by its id, never lost', () => {
  const anyRecord = fc.oneof(
    fc.anything(),
    fc.record({ topic: fc.constantFrom('a', 'a.b', '', '_x'), payload: fc.base64String(), attempt: fc.integer() }),
  );
  let taken = 0;
  fc.assert(
    fc.property(fc.dictionary(fc.string(), anyRecord, { maxKeys: 5 }), (data) => {
      const stored = JSON.parse(JSON.stringify(data)) as object;
      const { records, refused } = parse({ version: 2, data });
      taken += records.length;
      expect([...records.map(({ messageId }) => messageId), ...refused.map(({ id }) => id)].sort()).toEqual(
        Object.keys(stored).sort(),
      );
    }),
    { numRuns: 1_000, seed: 1 },
  );
  expect(taken).toBeGreaterThan(50);
});
