// Atomic batches over links without sockets: one packet each time, and one outcome.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { publishedIn } from '../../../internal/testing/client/fake-broker.ts';
import {
  confirm,
  fakeTime,
  greet,
  outcome,
  publishing,
  refusal,
  settle,
  turn,
} from '../../../internal/testing/client/producer-world.ts';
import { TachyonError } from '../../protocol/index.ts';

beforeEach(fakeTime);
afterEach(() => {
  vi.useRealTimers();
});

const messages = (...bodies: readonly string[]) => bodies.map((body) => ({ topic: 'a', body, options: {} }));
const packetsOf = (wire: ReturnType<typeof publishing>['wire']) =>
  wire.link.of('publish').map((packet) => ({
    atomic: packet.atomic,
    texts: publishedIn(packet).map(({ text }) => text),
  }));

describe('an atomic batch', () => {
  it('leaves as a packet of its own, in the order of the calls', async () => {
    const { wire, producer } = publishing(1);
    const before = outcome(producer.publish('a', 'before'));
    const batch = producer.publishAtomic(messages('x', 'y')).map(outcome);
    const behind = outcome(producer.publish('a', 'behind'));
    turn();
    expect(packetsOf(wire)).toEqual([
      { atomic: false, texts: ['m1'] },
      { atomic: false, texts: ['before'] },
      { atomic: true, texts: ['x', 'y'] },
      { atomic: false, texts: ['behind'] },
    ]);
    wire.link.receive(confirm(5));
    await settle();
    expect([before, ...batch, behind].map(({ settled, code }) => [settled, code])).toEqual(
      Array.from({ length: 4 }, () => [1, undefined]),
    );
    producer.checkInvariants();
  });

  it('goes out again whole, and by itself', () => {
    const { wire, producer } = publishing(1);
    producer.publishAtomic(messages('x', 'y')).map(outcome);
    void producer.publish('a', 'behind');
    turn();
    wire.link.break();
    vi.advanceTimersByTime(20);
    greet(wire);
    expect(packetsOf(wire)).toEqual([
      { atomic: false, texts: ['m1'] },
      { atomic: true, texts: ['x', 'y'] },
      { atomic: false, texts: ['behind'] },
    ]);
  });

  it('waits for room for all of it', async () => {
    const { wire, producer } = publishing(2, { maxOutstanding: 4 });
    const batch = producer.publishAtomic(messages('x', 'y', 'z')).map(outcome);
    const behind = outcome(producer.publish('a', 'behind'));
    turn();
    expect([producer.outstanding, packetsOf(wire).length]).toEqual([6, 1]);
    wire.link.receive(confirm(2));
    await settle();
    turn();
    expect(packetsOf(wire).slice(1)).toEqual([
      { atomic: true, texts: ['x', 'y', 'z'] },
      { atomic: false, texts: ['behind'] },
    ]);
    wire.link.receive(confirm(6));
    await settle();
    expect([...batch, behind].every(({ receipt }) => receipt !== undefined)).toBe(true);
  });

  it('is refused whole though an answer names a part of it, so that the rest never goes out alone', async () => {
    const { wire, producer } = publishing(1);
    const batch = producer.publishAtomic(messages('x', 'y', 'z')).map(outcome);
    turn();
    wire.link.receive(confirm(2, [refusal(2, 'BATCH_REFUSED')]));
    await settle();
    expect(batch.map(({ code }) => code)).toEqual(['BATCH_REFUSED', 'BATCH_REFUSED', 'BATCH_REFUSED']);
    wire.link.break();
    vi.advanceTimersByTime(20);
    greet(wire);
    expect(packetsOf(wire)).toEqual([]);
  });

  it('of which one message cannot be packed leaves nothing', async () => {
    const { wire, producer } = publishing(1);
    const batch = producer.publishAtomic([...messages('x'), { topic: '', body: 'y', options: {} }]).map(outcome);
    await settle();
    expect(batch.map(({ code }) => code)).toEqual(['BATCH_REFUSED', 'INVALID_TOPIC']);
    turn();
    expect(packetsOf(wire)).toHaveLength(1);
  });

  it('that never has room is refused at once', async () => {
    const { producer } = publishing(1, { maxOutstanding: 2 });
    const many = producer.publishAtomic(messages('x', 'y', 'z')).map(outcome);
    const large = publishing(1)
      .producer.publishAtomic(messages('x'.repeat(600_000), 'y'.repeat(600_000)))
      .map(outcome);
    await settle();
    expect([...many, ...large].map(({ code }) => code)).toEqual(Array.from({ length: 5 }, () => 'BATCH_TOO_LARGE'));
  });

  it('is told of the end of its client', async () => {
    const { producer } = publishing(1);
    const batch = producer.publishAtomic(messages('x', 'y')).map(outcome);
    producer.close(new TachyonError('CLIENT_CLOSED'));
    const late = producer.publishAtomic(messages('z')).map(outcome);
    await settle();
    expect([...batch, ...late].map(({ code }) => code)).toEqual(['CLIENT_CLOSED', 'CLIENT_CLOSED', 'CLIENT_CLOSED']);
  });
});
