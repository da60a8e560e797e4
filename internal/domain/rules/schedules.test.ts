// Messages that wait for their time, cancelled and moved by operators: on a clock that the test moves, and read again.

import { describe, expect, it } from 'vitest';
import {
  aBroker,
  type BrokerFixture,
  bodies,
  effectsOf,
  peer,
  publish,
  register,
} from '../../testing/fixtures/a-broker.ts';
import { fingerprint } from '../../usecase/fingerprint.ts';
import { dueAt } from '../entry-table.ts';
import { asSequence } from '../ids.ts';
import type { WishedTimes } from '../message-times.ts';
import type { CancelScheduled, MoveScheduled } from '../schedule-command.ts';
import { SCHEDULE_MAX_MS } from './publish-times.ts';

const A = peer(11);
const consumer = register({ peer: A, consumer: 'a', queue: 'q' });
const dueIn = (afterMs: number): WishedTimes => ({ due: { afterMs }, expiry: null });
const one = (body: string, times: WishedTimes | null = null) => ({ topic: 'q', body, times });
const operator = { actor: 'olivia', reason: 'test' };
const target = (sequence: number) => ({ sequence: asSequence(sequence), messageId: `m${sequence}` });
const of = { request: { peer: peer(900), id: 2, operator }, tenant: '', queueName: 'q', dryRun: false };

const cancel = (sequences: readonly number[], over: Partial<CancelScheduled> = {}): CancelScheduled => ({
  type: 'cancel-scheduled',
  ...of,
  targets: sequences.map(target),
  ...over,
});
const move = (sequence: number, due: MoveScheduled['due'], over: Partial<MoveScheduled> = {}): MoveScheduled => ({
  type: 'move-scheduled',
  ...of,
  target: target(sequence),
  due,
  ...over,
});

/** Messages 1 (due in 1,000 ms), 2 (in 2,000 ms) and 3 (at once). */
function aSchedule(): BrokerFixture {
  const broker = aBroker();
  broker.declare('q');
  broker.run(publish({ of: [one('first', dueIn(1_000)), one('second', dueIn(2_000)), one('now')] }));
  return broker;
}

const answers = (leaving: ReturnType<BrokerFixture['run']>): readonly object[] =>
  effectsOf(leaving, 'operator-reply').map(({ outcome }) =>
    outcome.ok ? (outcome.result as object) : outcome.refusal,
  );

describe('a scheduled message', () => {
  it('that is cancelled is gone, and is not given when its time comes', () => {
    const broker = aSchedule();
    expect(answers(broker.run(cancel([1])))).toMatchObject([{ cancelled: 1, failed: 0 }]);
    expect(broker.queue('q')).toMatchObject({ depth: 2, waiting: 1, scheduled: 1 });
    expect(bodies([...broker.run(consumer), ...broker.advance(5_000)])).toEqual(['now', 'second']);
    expect(broker.state.counters).toMatchObject({ cancelled: 1 });
  });

  it('that is moved is given at its new time, in its old place', () => {
    const broker = aSchedule();
    const { nowMs } = broker;
    broker.run(move(1, { atMs: nowMs + 3_000 }));
    expect(bodies([...broker.run(consumer), ...broker.advance(2_999)])).toEqual(['now', 'second']);
    expect(bodies(broker.advance(1))).toEqual(['first']);
    expect(broker.state.counters).toMatchObject({ rescheduled: 1, scheduled: 2 });
  });

  it('that is moved to now goes at once, before what was accepted after it', () => {
    const broker = aSchedule();
    broker.run(move(2, { afterMs: 0 }));
    expect(bodies(broker.run(consumer))).toEqual(['second', 'now']);
    expect(bodies(broker.advance(5_000))).toEqual(['first']);
  });

  it('that is moved away and back is given once', () => {
    const broker = aSchedule();
    const { nowMs } = broker;
    broker.run(move(1, { atMs: nowMs + 50 }), move(1, { atMs: nowMs + 1_000 }), move(1, { atMs: nowMs + 50 }));
    broker.run(consumer);
    expect(bodies(broker.advance(5_000))).toEqual(['first', 'second']);
  });

  it('is the same after the events are read again, moved and cancelled ones too', () => {
    const broker = aSchedule();
    const { nowMs } = broker;
    broker.run(move(1, { atMs: nowMs + 7_000 }), cancel([2]));
    const again = broker.replayed();
    expect(fingerprint(again)).toBe(fingerprint(broker.state));
    const [queue] = [...again.queues.values()];
    const place = queue?.entries.find(asSequence(1));
    expect(place === null || place === undefined ? null : dueAt(place)).toBe(nowMs + 7_000);
    expect(queue).toMatchObject({ depth: 2, waiting: 1, scheduled: 1 });
  });
});

describe('a dry run', () => {
  it('says what would be done, changes nothing, and stands in no record', () => {
    const broker = aSchedule();
    const before = fingerprint(broker.state);
    const said = broker.run(cancel([1, 3], { dryRun: true }), move(2, { afterMs: 9 }, { dryRun: true }));
    expect(answers(said)).toMatchObject([
      { cancelled: 1, failed: 1, dry_run: true },
      { sequence: 2, dry_run: true },
    ]);
    expect(effectsOf(said, 'audited')).toEqual([]);
    expect(fingerprint(broker.state)).toBe(before);
  });
});

describe('what goes on record', () => {
  it('is who did it and why, to which message, when it was due before and is due now', () => {
    const broker = aSchedule();
    const said = broker.run(move(1, { afterMs: 4_000 }), cancel([2, 3]));
    expect(effectsOf(said, 'audited').map(({ action }) => action)).toMatchObject([
      {
        operator,
        operation: 'move_scheduled',
        outcome: 'done',
        targets: ['m1'],
        prior: [{ queue: 'q', sequence: 1 }],
        resulting: [{ due_before: expect.any(String), due_at: expect.any(String) }],
      },
      { operation: 'cancel_scheduled', targets: ['m2', 'm3'], resulting: [{ cancelled: 1, failed: 1 }] },
    ]);
  });

  it('is a refusal, too', () => {
    const broker = aSchedule();
    const said = broker.run(cancel([3]));
    expect(effectsOf(said, 'audited').map(({ action }) => action)).toMatchObject([{ outcome: 'NOT_SCHEDULED' }]);
  });
});

describe('refused is', () => {
  it.each([
    ['a message that is not there', [cancel([99]), move(99, { afterMs: 1 })]],
    ['one that is ready', [cancel([3]), move(3, { afterMs: 1 })]],
  ])('%s', (_what, commands) => {
    const broker = aSchedule();
    for (const command of commands) expect(answers(broker.run(command))).toMatchObject([{ code: 'NOT_SCHEDULED' }]);
    expect(broker.queue('q').depth).toBe(3);
  });

  it('one that has failed and waits for another attempt', () => {
    const broker = aSchedule();
    const [given] = effectsOf(broker.run(consumer), 'deliver');
    const delivery = given?.firstDelivery ?? 0;
    const item = { delivery, status: 'retryable' as const, reason: 'no', delayMs: 60_000 };
    broker.run({ type: 'nack', peer: A, items: [item as never], request: null });
    expect(answers(broker.run(cancel([3])))).toMatchObject([{ code: 'NOT_SCHEDULED' }]);
  });

  it.each([
    ['SCHEDULE_IN_PAST', { atMs: 1 }],
    ['SCHEDULE_TOO_FAR', { afterMs: SCHEDULE_MAX_MS + 1 }],
  ])('a time with %s', (code, due) => {
    const broker = aSchedule();
    expect(answers(broker.run(move(1, due)))).toMatchObject([{ code }]);
    expect(broker.state.retries.nextMs).toBe(broker.nowMs + 1_000);
  });

  it('a time at which the message would be worth nothing', () => {
    const broker = aBroker();
    broker.declare('q');
    broker.run(publish({ of: [one('short', { due: { afterMs: 100 }, expiry: { afterMs: 500 } })] }));
    expect(answers(broker.run(move(1, { afterMs: 600 })))).toMatchObject([{ code: 'ALREADY_EXPIRED' }]);
    expect(answers(broker.run(move(1, { afterMs: 400 })))).toMatchObject([{ sequence: 1 }]);
  });

  it('a queue that is not there', () => {
    const broker = aSchedule();
    const nowhere = { queueName: 'nowhere' };
    const said = [...broker.run(cancel([1], nowhere)), ...broker.run(move(1, { afterMs: 1 }, nowhere))];
    expect(answers(said)).toMatchObject([{ code: 'QUEUE_NOT_FOUND' }, { code: 'QUEUE_NOT_FOUND' }]);
  });
});
