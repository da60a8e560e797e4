// Recurring schedules on a clock that the test moves: when they fire, what they leave out, and that a crash between changes
// nothing of it.

import { describe, expect, it } from 'vitest';
import { BlockView } from '../../../pkg/protocol/block.ts';
import { printTime } from '../../../pkg/protocol/rfc3339.ts';
import {
  aBroker,
  ack,
  type BrokerFixture,
  bodies,
  effectsOf,
  peer,
  received,
  register,
} from '../../testing/fixtures/a-broker.ts';
import { fingerprint } from '../../usecase/fingerprint.ts';
import { CATCH_UP_MAX, CRON_BODY_BYTES_MAX, type CronPlan } from '../cron.ts';
import type { CronCommand } from '../schedule-command.ts';
import { FIRE_LATE_MS, MISSED_COUNTED_MAX } from './cron-fires.ts';

const MINUTE = 60_000;
const T0 = Date.UTC(2026, 0, 5, 12, 0, 30);
const operator = { actor: 'olivia', reason: 'test' };
const of = { request: { peer: peer(900), id: 2, operator }, tenant: '', name: 'tick' };
const PLAN: CronPlan = {
  expression: '* * * * *',
  timezone: 'UTC',
  topic: 'q',
  contentType: null,
  headers: { a: 'b' },
  overlap: 'allow',
  catchUp: 'one',
  catchUpMax: CATCH_UP_MAX,
};
const text = (body: string): Uint8Array => new TextEncoder().encode(body);
const declare = (plan: Partial<CronPlan> = {}, body = 'tick', update = false): CronCommand => ({
  type: 'declare-cron',
  ...of,
  plan: { ...PLAN, ...plan },
  body: text(body),
  update,
});
const A = peer(11);
const consumer = register({ peer: A, consumer: 'a', queue: 'q', windowMessages: 1_000 });

function aSchedule(plan: Partial<CronPlan> = {}): BrokerFixture {
  const broker = aBroker({ nowMs: T0, policy: { leaseMs: 24 * 60 * MINUTE } });
  broker.declare('q');
  broker.run(declare(plan));
  return broker;
}
const answers = (leaving: ReturnType<BrokerFixture['run']>): readonly object[] =>
  effectsOf(leaving, 'operator-reply').map(({ outcome }) =>
    outcome.ok ? (outcome.result as object) : outcome.refusal,
  );
const cronOf = (broker: BrokerFixture) => broker.state.crons.named('', 'tick');
/** The broker is away, and comes back. */
function jump(broker: BrokerFixture, ms: number): ReturnType<BrokerFixture['run']> {
  broker.nowMs += ms;
  return broker.run();
}

describe('a recurring schedule', () => {
  it('fires at its times and not before, and says in the same event when it fires next', () => {
    const broker = aSchedule();
    broker.run(consumer);
    expect(bodies(broker.advance(29_999))).toEqual([]);
    expect(bodies(broker.advance(1))).toEqual([expect.stringMatching(/tick$/)]);
    const { event } = broker.journal.events.findLast(({ event: { type } }) => type === 'accepted') ?? {};
    expect(event).toMatchObject({
      atMs: T0 + 30_000,
      fired: { name: 'tick', dueMs: T0 + 30_000, nextMs: T0 + 30_000 + MINUTE, missed: 0, skipped: 0 },
    });
    expect(bodies(broker.advance(10 * MINUTE))).toHaveLength(10);
    expect(cronOf(broker)).toMatchObject({
      fired: 11,
      missed: 0,
      skipped: 0,
      refused: 0,
      lastFiredMs: broker.nowMs - 30_000 + 30_000,
    });
    expect(broker.state.counters).toMatchObject({ cronFired: 11, published: 11 });
  });

  it('names itself and its time in what it publishes', () => {
    const broker = aSchedule({ contentType: 'text/plain' });
    broker.run(consumer);
    broker.advance(30_000);
    const { bodies: blocks } = broker.journal.groups.findLast(({ bodies: of }) => of.length > 0) ?? {};
    const block = new BlockView(blocks as Uint8Array);
    expect(block.messageId).toBe(`tick@${printTime(T0 + 30_000)}`);
    expect(block.attributes).toEqual({
      headers: { a: 'b', schedule: 'tick', scheduled_at: printTime(T0 + 30_000) },
      content_type: 'text/plain',
    });
  });

  it('is the same after the events are read again, and does not fire again for what it has fired', () => {
    const broker = aSchedule();
    broker.advance(3 * MINUTE);
    const again = broker.replayed();
    expect(fingerprint(again)).toBe(fingerprint(broker.state));
    again.crons.noteDue(broker.nowMs);
    expect(again.crons.due).toEqual([]);
    expect(again.crons.nextMs).toBe(T0 + 30_000 + 3 * MINUTE);
  });
});

describe('after a gap', () => {
  it.each([
    ['one', 1, 9],
    ['none', 0, 10],
    ['all', 10, 0],
  ] as const)('the catch-up %s fires %i times', (catchUp, fired, missed) => {
    const broker = aSchedule({ catchUp });
    jump(broker, 10 * MINUTE);
    expect(broker.queue('q').depth).toBe(fired);
    expect(cronOf(broker)).toMatchObject({ fired, missed, nextMs: T0 + 30_000 + 10 * MINUTE });
    expect(bodies(jump(broker, 0))).toEqual([]);
    jump(broker, 30_000);
    expect(cronOf(broker)).toMatchObject({ fired: fired + 1 });
  });

  it('no more comes at once than may, however long it was', () => {
    const broker = aSchedule({ catchUp: 'all', catchUpMax: 5, expression: '* * * * * *' });
    jump(broker, 365 * 24 * 60 * MINUTE);
    expect(broker.queue('q').depth).toBe(5);
    expect(cronOf(broker)).toMatchObject({ fired: 5, missed: MISSED_COUNTED_MAX - 5, nextMs: broker.nowMs + 1_000 });
  });

  it('a short stall is no gap for the catch-up none', () => {
    const broker = aSchedule({ catchUp: 'none' });
    jump(broker, 30_000 + FIRE_LATE_MS);
    expect(cronOf(broker)).toMatchObject({ fired: 1, missed: 0 });
    jump(broker, MINUTE + 1);
    expect(cronOf(broker)).toMatchObject({ fired: 1, missed: 1 });
  });
});

describe('the overlap', () => {
  it('skip does not fire while the last message is in its queue, with a consumer or not', () => {
    const broker = aSchedule({ overlap: 'skip' });
    broker.advance(3 * MINUTE);
    expect(cronOf(broker)).toMatchObject({ fired: 1, skipped: 2 });
    const [given] = received(broker.run(consumer));
    broker.advance(MINUTE);
    broker.run(ack(A, [given?.delivery ?? 0]));
    expect(bodies(broker.advance(MINUTE))).toHaveLength(1);
    expect(cronOf(broker)).toMatchObject({ fired: 2 });
  });

  it('skip and all together make up for one', () => {
    const broker = aSchedule({ overlap: 'skip', catchUp: 'all' });
    jump(broker, 4 * MINUTE);
    expect(cronOf(broker)).toMatchObject({ fired: 1, skipped: 3, missed: 0 });
  });
});

describe('a fire that no queue takes', () => {
  it('is counted and told, and the schedule goes on', () => {
    const broker = aSchedule({ topic: 'nowhere' });
    broker.advance(2 * MINUTE);
    expect(cronOf(broker)).toMatchObject({ fired: 0, refused: 2, lastError: expect.stringMatching(/^UNROUTABLE: /) });
    broker.declare('late', { patterns: ['nowhere'] });
    broker.advance(MINUTE);
    expect(cronOf(broker)).toMatchObject({ fired: 1, refused: 2, lastError: '' });
    expect(broker.state.counters).toMatchObject({ cronRefused: 2, cronFired: 1 });
  });

  it('is put off on a full disk, and comes once when there is room', () => {
    const broker = aSchedule();
    broker.journal.setRoom(0, 1_000);
    broker.advance(5 * MINUTE);
    expect(cronOf(broker)).toMatchObject({ fired: 0, refused: 0 });
    broker.journal.setRoom(1e9, 1e6, null);
    broker.advance(1_000);
    expect(cronOf(broker)).toMatchObject({ fired: 1 });
  });
});

describe('operators', () => {
  it('pause and resume one, and what would have been meanwhile is not missed', () => {
    const broker = aSchedule();
    broker.run({ type: 'steer-cron', ...of, word: 'pause' });
    broker.advance(5 * MINUTE);
    expect(answers(broker.run({ type: 'steer-cron', ...of, word: 'resume' }))).toMatchObject([
      { paused: false, next_fire_at: printTime(T0 + 30_000 + 5 * MINUTE) },
    ]);
    broker.advance(MINUTE);
    expect(cronOf(broker)).toMatchObject({ fired: 1, missed: 0 });
  });

  it('change one: its counts go on, its times are the new ones', () => {
    const broker = aSchedule();
    broker.advance(MINUTE);
    expect(answers(broker.run(declare({ expression: '0 * * * *' })))).toMatchObject([{ code: 'SCHEDULE_EXISTS' }]);
    broker.run(declare({ expression: '0 * * * *' }, 'new', true));
    broker.advance(60 * MINUTE);
    expect(cronOf(broker)).toMatchObject({ id: 1, fired: 2 });
    expect(bodies(broker.run(consumer))).toEqual([expect.stringMatching(/tick$/), expect.stringMatching(/new$/)]);
  });

  it('declare one again that is the same, and nothing happens', () => {
    const broker = aSchedule();
    const before = fingerprint(broker.state);
    expect(answers(broker.run(declare()))).toMatchObject([{ created: false, updated: false }]);
    expect(fingerprint(broker.state)).toBe(before);
  });

  it('run one now, beside its times', () => {
    const broker = aSchedule();
    expect(answers(broker.run({ type: 'run-cron', ...of }))).toMatchObject([
      { message_id: expect.stringMatching(/\+run$/) },
    ]);
    expect(cronOf(broker)).toMatchObject({ fired: 1, nextMs: T0 + 30_000 });
    broker.advance(MINUTE);
    expect(cronOf(broker)).toMatchObject({ fired: 2 });
  });

  it('remove one, which does not fire any more, also when it is due in the same turn', () => {
    const broker = aSchedule();
    broker.nowMs += MINUTE;
    broker.run({ type: 'remove-cron', ...of });
    broker.advance(5 * MINUTE);
    expect([broker.queue('q').depth, broker.state.crons.size, broker.state.crons.bytes]).toEqual([0, 0, 0]);
  });

  it('and what they do is on record, with the schedule as it was', () => {
    const broker = aSchedule();
    const said = broker.run({ type: 'remove-cron', ...of });
    expect(effectsOf(said, 'audited').map(({ action }) => action)).toMatchObject([
      { operation: 'remove_schedule', prior: [{ name: 'tick', cron: '* * * * *' }], resulting: [{ removed: true }] },
    ]);
  });

  it.each([
    ['INVALID_SCHEDULE', { expression: 'now' }],
    ['INVALID_SCHEDULE', { expression: '61 * * * *' }],
    ['INVALID_SCHEDULE', { expression: '2027-01-01T00:00:00' }],
    ['INVALID_SCHEDULE', { expression: '0 0 30 2 *' }],
    ['INVALID_SCHEDULE', { expression: `${'1,'.repeat(200)}1 * * * *` }],
    ['INVALID_SCHEDULE', { timezone: 'Mars/Base' }],
    ['INVALID_SCHEDULE', { timezone: '' }],
    ['INVALID_SCHEDULE', { catchUpMax: CATCH_UP_MAX + 1 }],
    ['INVALID_TOPIC', { topic: '' }],
  ] as const)('are refused with %s for %j', (code, plan) => {
    const broker = aBroker({ nowMs: T0 });
    expect(answers(broker.run(declare(plan)))).toMatchObject([{ code }]);
    expect(broker.state.crons.size).toBe(0);
  });

  it('are refused a body, a name and a number beyond the bounds', () => {
    const broker = aBroker({ nowMs: T0, limits: { schedulesMax: 1 } });
    const big = { ...declare({}, 'x'.repeat(CRON_BODY_BYTES_MAX + 1)) };
    expect(answers(broker.run(big))).toMatchObject([{ code: 'PAYLOAD_TOO_LARGE' }]);
    expect(answers(broker.run({ ...declare(), name: 'n'.repeat(129) }))).toMatchObject([{ code: 'INVALID_NAME' }]);
    broker.run(declare());
    expect(answers(broker.run({ ...declare(), name: 'second' }))).toMatchObject([{ code: 'TOO_MANY_SCHEDULES' }]);
    for (const type of ['remove-cron', 'run-cron'] as const) {
      expect(answers(broker.run({ type, ...of, name: 'none' }))).toMatchObject([{ code: 'UNKNOWN_SCHEDULE' }]);
    }
  });
});
