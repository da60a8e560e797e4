// Whatever an operator says in whatever order, each word gets one answer with a result or a code, and the broker's state
// stays sound.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isErrorCode } from '../../../pkg/protocol/errors.ts';
import { anEngine } from '../../testing/fixtures/an-engine.ts';

const WORDS = [
  'status',
  'queues.list',
  'queues.show',
  'queues.browse',
  'queues.why',
  'messages.trace',
  'queues.declare',
  'queues.bind',
  'queues.pause',
  'queues.resume',
  'queues.purge',
  'queues.delete',
  'keys.list',
  'keys.pause',
  'keys.resume',
  'keys.release',
  'keys.skip',
  'routes.list',
  'routes.show',
  'routes.add',
  'routes.remove',
  'sessions.list',
  'sessions.show',
  'dlq.list',
  'dlq.inspect',
  'dlq.groups',
  'dlq.replay',
  'dlq.purge',
  'dlq.dead_letter',
  'journal.pin',
  'journal.unpin',
  'jobs.list',
  'jobs.show',
  'jobs.cancel',
  'audit.list',
  'audit.status',
] as const;

/** Values that fit often enough for words to get through to the core, and others that fit nowhere. */
const value = fc.oneof(
  fc.constantFrom<unknown>(
    'q',
    'a',
    'm1',
    'a.>',
    '',
    'PURGE',
    'REPLAY',
    'eA==',
    0,
    1,
    7,
    true,
    false,
    null,
    ['m1'],
    ['a'],
  ),
  fc.oneof(fc.string(), fc.integer(), fc.double(), fc.array(fc.string()), fc.dictionary(fc.string(), fc.string())),
);
const NAMES = [
  'queue',
  'id',
  'ids',
  'topic',
  'consumer',
  'consumer_id',
  'payload',
  'priority',
  'confirm',
  'target_consumer',
  'target_topic',
  'to_queue',
  'all',
  'dry_run',
  'force',
  'patterns',
  'pattern',
  'destination_id',
  'sequence',
  'limit',
  'after',
  'body_bytes',
  'job',
  'actor',
  'reason',
  'start',
  'tenant_id',
  'rate_per_second',
] as const;
const args = fc.oneof(
  { weight: 9, arbitrary: fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 6 }) },
  { weight: 1, arbitrary: fc.anything() },
);

/** What lets the words meet something: a queue, and dead letters of one id. */
const GROUND = [
  ['queues.declare', { queue: 'q', patterns: ['a'] }],
  ['dlq.dead_letter', { id: 'm1', topic: 'a', consumer: 'q', payload: 'eA==' }],
  ['dlq.dead_letter', { id: 'm1', topic: 'a', consumer: 'q' }],
  ['dlq.dead_letter', { id: 'm2', topic: 'b', consumer: 'r' }],
] as const;

it('is answered once, with a result or a code, and leaves the broker sound', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom(...WORDS), args), { maxLength: 12 }), async (said) => {
      const broker = await anEngine();
      const operator = broker.admin.connect();
      for (const [word, given] of [...GROUND, ...said]) {
        const json = JSON.parse(JSON.stringify({ given: given ?? null })) as { given: object };
        const reply = broker.operate(operator, word, json.given);
        if (reply['ok'] === true) continue;
        const { code } = reply['error'] as { code: string };
        expect(isErrorCode(code)).toBe(true);
        expect(code).not.toBe('INTERNAL');
      }
      expect(broker.failures).toEqual([]);
      expect(broker.observations.filter(({ type }) => type === 'command-failed')).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
