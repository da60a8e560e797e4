// `why` is judged by what it is for: in a random stuck state of a real broker, doing what its answers name, and nothing else,
// moves the message. `npm run explore -- --why 10000` does more of it.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { asSequence } from '../../domain/ids.ts';
import { aBroker, publish, register } from '../fixtures/a-broker.ts';
import {
  actOnMany,
  actOnMessage,
  actOnReasons,
  type Explain,
  explained,
  explainedMessage,
} from './acting-on-reasons.ts';
import { INTERVENTIONS } from './interventions.ts';
import { QUEUE } from './stuck-worlds.ts';

const STUCK = 700;
const STUCK_MESSAGES = 700;

test('doing what the answers name moves a message, whatever the state', () => {
  const { stuck, reasons, longest } = actOnMany(STUCK, 1, actOnReasons);
  expect(stuck).toBe(STUCK);
  expect(longest).toBeLessThanOrEqual(30);
  // The generator reaches what it is about.
  expect(reasons.size).toBeGreaterThanOrEqual(14);
});

test('doing what the answers about one message name moves that message', () => {
  const { stuck, reasons } = actOnMany(STUCK_MESSAGES, 50_001, actOnMessage);
  expect(stuck).toBe(STUCK_MESSAGES);
  expect([...reasons.keys()]).toEqual(expect.arrayContaining(['leased', 'scheduled', 'waiting_retry']));
});

test('a message behind one that is read from the disk is told as that, and moves when that one has', () => {
  const broker = aBroker({ readCacheBytes: 0 });
  broker.declare(QUEUE);
  const first = broker.state.nextSequence;
  broker.run(publish({ of: [QUEUE] }));
  broker.run(publish({ of: [QUEUE] }));
  broker.journal.forgottenThrough = broker.journal.last;
  broker.turn(register({ queue: QUEUE }));
  expect(explainedMessage(asSequence(first))(broker).reason).toBe('reading');
  expect(explainedMessage(asSequence(first + 1))(broker).reason).toBe('behind');
  broker.run();
  expect(explainedMessage(asSequence(first + 1))(broker).reason).toBe('leased');
});

const instead =
  (of: string, told: Partial<ReturnType<Explain>>): Explain =>
  (broker) => {
    const answer = explained(broker);
    return answer.reason === of ? { ...answer, ...told } : answer;
  };

test.each<[string, Explain, string]>([
  [
    'names another reason',
    instead('paused', { reason: 'no_consumer', next_step: 'start its consumers' }),
    'acted on in vain',
  ],
  [
    'names a step that does not help',
    instead('nothing_fetched', { next_step: 'let them settle what they hold' }),
    'vain',
  ],
  ['does not know', instead('window_full', { reason: 'unknown' }), 'nobody knows what to do about "unknown"'],
  ['says too short a time', instead('waiting_retry', { detail: '1 wait, the first for 1 ms more' }), 'vain'],
  ['says nothing to do', instead('no_consumer', { next_step: '' }), '"no_consumer" says'],
])('planted: an answer that %s is found', (_fault, lies, said) => {
  const found = (): void => {
    for (let seed = 1; seed <= 300; seed += 1) actOnReasons(seed, lies);
  };
  expect(found).toThrow(said);
});

test('every reason that the specification lists has something to do about it, and the other way round', () => {
  const page = readFileSync(new URL('../../../docs/delivery.md', import.meta.url), 'utf8');
  const [, list = ''] = /\* \*\*Why\*\*[^:]*:[^:]*: ([\s\S]*?)\n\* \*\*/.exec(page) ?? [];
  const listed = [...list.matchAll(/`([a-z_]+)`/g)].map(([, word]) => word as string);
  // Where no message waits there is none to move.
  const ofQueuesWithMessages = listed.filter((word) => word !== 'empty' && word !== 'drained');
  expect(ofQueuesWithMessages.toSorted()).toEqual([...Object.keys(INTERVENTIONS), 'behind', 'dead_letter'].toSorted());
});
