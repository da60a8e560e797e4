// Proved over links without sockets, so that every interleaving of answers and losses can be chosen.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  confirm,
  fakeTime,
  greet,
  outcome,
  publishing,
  refusal,
  sentOver,
  settle,
  texts,
  turn,
  world,
} from '../../../internal/testing/client/producer-world.ts';
import { errorWord, TachyonError } from '../../protocol/index.ts';

beforeEach(fakeTime);
afterEach(() => {
  vi.useRealTimers();
});

describe('a confirm', () => {
  it('settles every message up to its sequence, and its exceptions by themselves', async () => {
    const { wire, outcomes } = publishing(6);
    wire.link.receive(
      confirm(5, [refusal(2, 'UNROUTABLE'), { sequence: 4, duplicate: true }, refusal(5, 'STORAGE_FULL', 250)]),
    );
    await settle();
    expect(outcomes.map(({ receipt, code }) => code ?? receipt?.duplicate)).toEqual([
      false,
      'UNROUTABLE',
      false,
      true,
      'STORAGE_FULL',
      undefined,
    ]);
    expect(outcomes[4]?.error).toMatchObject({ retryAfterMs: 250, retryable: true, detail: 'why' });
    expect(outcomes[0]?.receipt).toEqual({ position: 5, durability: 'disk', duplicate: false, sequence: 1 });
  });

  it('may name an exception beyond its run: only that one settles', async () => {
    const { wire, outcomes, producer } = publishing(4);
    wire.link.receive(confirm(1, [refusal(3, 'BUSY')]));
    await settle();
    expect(outcomes.map((one) => one.settled)).toEqual([1, 0, 1, 0]);
    wire.link.receive(confirm(4));
    await settle();
    expect(outcomes.map((one) => one.settled)).toEqual([1, 1, 1, 1]);
    producer.checkInvariants();
  });

  it('of more than was published settles what was', async () => {
    const { wire, outcomes, producer } = publishing(2);
    wire.link.receive(confirm(1_000_000));
    wire.link.receive(confirm(2));
    await settle();
    expect(outcomes.map((one) => one.settled)).toEqual([1, 1]);
    producer.checkInvariants();
  });
});

describe('packing', () => {
  it('cuts packets at 4,096 messages and near 256 KiB', () => {
    const { wire, producer } = publishing(1);
    wire.link.receive(confirm(1));
    for (let i = 0; i < 5_000; i++) void producer.publish('t', 'x');
    turn();
    expect(wire.link.of('publish').map((packet) => packet.count)).toEqual([1, 4_096, 904]);
    for (let i = 0; i < 5; i++) void producer.publish('t', new Uint8Array(100_000));
    turn();
    expect(
      wire.link
        .of('publish')
        .slice(3)
        .map((packet) => packet.count),
    ).toEqual([3, 2]);
  });

  it('takes long attributes, long topics and large bodies without mixing them up', async () => {
    const { wire, producer } = publishing(1);
    const big = 'v'.repeat(60_000);
    void producer.publish('a.b', 'before');
    void producer.publish('ä'.repeat(100), new Uint8Array(3_000_000).fill(7), {
      headers: { big },
      messageId: 'i'.repeat(255),
    });
    void producer.publish('a.b', { after: true });
    turn();
    const seen = sentOver(wire).slice(1);
    expect(seen.map(({ text }) => text.length)).toEqual([6, 3_000_000, 14]);
    expect(seen[2]?.text).toBe('{"after":true}');
  });

  it('rejects a message that no packet can carry, and its neighbours do not notice', async () => {
    const { wire, producer } = publishing(1);
    const bad = [
      outcome(producer.publish('', 'x')),
      outcome(producer.publish('t'.repeat(256), 'x')),
      outcome(producer.publish('t', new Uint8Array(9 << 20))),
      outcome(producer.publish('t', 'x', { messageId: 'i'.repeat(256) })),
      outcome(producer.publish('t', [1n])),
      outcome(producer.publish('t', 'x', { colour: 'red' } as object)),
    ];
    void producer.publish('t', 'good');
    turn();
    await settle();
    expect(bad.map((one) => one.code)).toEqual([
      'INVALID_TOPIC',
      'INVALID_TOPIC',
      'PAYLOAD_TOO_LARGE',
      'INVALID_ARGUMENT',
      'INVALID_ARGUMENT',
      'INVALID_ARGUMENT',
    ]);
    expect(sentOver(wire)).toEqual([...texts(1, 1), { sequence: 2, text: 'good' }]);
  });
});

describe('after a reconnect', () => {
  it('everything unanswered is sent again, in order and under its number, and nothing else', async () => {
    const { wire, producer, outcomes } = publishing(6);
    wire.link.receive(confirm(3, [refusal(3, 'STORAGE_FULL')]));
    wire.link.receive(confirm(3, [refusal(5, 'UNROUTABLE')]));
    wire.link.break();
    outcomes.push(outcome(producer.publish('a.b', 'm7')));
    vi.advanceTimersByTime(10);
    greet(wire);
    expect(wire.links).toHaveLength(3);
    expect(sentOver(wire)).toEqual([...texts(4, 4), ...texts(6, 7)]);
    wire.link.receive(confirm(7, [{ sequence: 4, duplicate: true }]));
    await settle();
    expect(outcomes.map(({ receipt, code }) => code ?? receipt?.duplicate)).toEqual([
      false,
      false,
      'STORAGE_FULL',
      true,
      'UNROUTABLE',
      false,
      false,
    ]);
  });

  it('the claim is the id and token that were granted', () => {
    const { wire } = publishing(1);
    wire.link.break();
    vi.advanceTimersByTime(10);
    expect(wire.link.words[0]).toMatchObject({ type: 'hello', producer: { id: 1, token: 'token-1' } });
  });

  it('neighbours travel together again: one packet for a thousand lone ones', () => {
    const { wire, producer } = publishing(1);
    for (let i = 2; i <= 1_000; i++) {
      void producer.publish('a.b', `m${i}`);
      turn();
    }
    expect(wire.link.of('publish')).toHaveLength(1_000);
    wire.link.break();
    vi.advanceTimersByTime(10);
    greet(wire);
    expect(wire.link.of('publish')).toHaveLength(1);
    expect(sentOver(wire)).toEqual(texts(1, 1_000));
  });

  it('a producer that the broker forgot is renewed, and what had been sent says that it is uncertain', async () => {
    const { wire, told, producer, outcomes } = publishing(3);
    wire.link.receive(confirm(1));
    wire.link.break();
    outcomes.push(outcome(producer.publish('a.b', 'm4')));
    vi.advanceTimersByTime(10);
    wire.link.say(errorWord('UNKNOWN_PRODUCER'));
    expect(wire.link.words[0]).toMatchObject({ type: 'hello', producer: 'new' });
    greet(wire, 2);
    expect(sentOver(wire)).toEqual(texts(2, 4));
    wire.link.receive(confirm(4));
    await settle();
    expect(outcomes.map(({ receipt }) => receipt?.duplicate)).toEqual([false, 'unknown', 'unknown', false]);
    expect(told).toContainEqual({ type: 'producer-renewed', uncertain: 2 });
  });

  it('a refusal of what is uncertain says so: an earlier attempt may have been accepted', async () => {
    const { wire, outcomes } = publishing(1);
    wire.link.break();
    vi.advanceTimersByTime(10);
    wire.link.say(errorWord('UNKNOWN_PRODUCER'));
    greet(wire, 2);
    wire.link.receive(confirm(1, [refusal(1, 'STORAGE_FULL', 9)]));
    await settle();
    expect(outcomes[0]?.error).toMatchObject({
      code: 'STORAGE_FULL',
      retryAfterMs: 9,
      cause: { code: 'UNKNOWN_PRODUCER' },
    });
  });

  it('messages that were refused for the connection only are sent again, not given up', async () => {
    const { wire, outcomes } = publishing(3);
    wire.link.receive(confirm(3, [refusal(2, 'DRAINING', 5), refusal(3, 'DRAINING', 5)]));
    await settle();
    expect(outcomes.map((one) => one.settled)).toEqual([1, 0, 0]);
    wire.link.break();
    vi.advanceTimersByTime(10);
    greet(wire);
    expect(sentOver(wire)).toEqual(texts(2, 3));
  });

  it('a draining broker gets nothing new, and is left once it is gone', async () => {
    const { wire, producer, told } = publishing(1);
    wire.link.say({ type: 'server.draining', reconnectAfterMs: 50 });
    void producer.publish('a.b', 'm2');
    turn();
    expect(sentOver(wire)).toEqual(texts(1, 1));
    expect(told.at(-1)).toMatchObject({ type: 'draining', reconnectAfterMs: 50 });
    wire.link.receive(confirm(1));
    vi.advanceTimersByTime(1_050 + 10);
    greet(wire);
    expect(sentOver(wire)).toEqual(texts(2, 2));
  });
});

describe('the bound', () => {
  it('of the window makes publishes wait, and lets them go in order', async () => {
    const { wire, producer } = publishing(0, { maxOutstanding: 4 });
    const outcomes = Array.from({ length: 10 }, (_, i) => outcome(producer.publish('a.b', `m${i + 1}`)));
    turn();
    greet(wire);
    expect(sentOver(wire)).toEqual(texts(1, 4));
    expect(producer.outstanding).toBe(10);
    wire.link.receive(confirm(3));
    turn();
    expect(sentOver(wire)).toEqual(texts(1, 7));
    wire.link.receive(confirm(7));
    turn();
    wire.link.receive(confirm(10));
    await settle();
    expect(outcomes.every((one) => one.settled === 1 && one.receipt !== undefined)).toBe(true);
  });

  it('counts the span: one old message that is unanswered holds back the numbers beyond its window', async () => {
    const { wire, producer } = publishing(4, { maxOutstanding: 4 });
    wire.link.receive(
      confirm(0, [
        { sequence: 2, duplicate: true },
        { sequence: 3, duplicate: true },
        { sequence: 4, duplicate: true },
      ]),
    );
    const waiting = outcome(producer.publish('a.b', 'm5'));
    turn();
    await settle();
    expect(sentOver(wire)).toEqual(texts(1, 4));
    wire.link.receive(confirm(1));
    turn();
    wire.link.receive(confirm(5));
    await settle();
    expect(waiting.receipt?.sequence).toBe(5);
  });

  it('of the broker counts where it is the smaller one', () => {
    const { wire, producer } = world();
    greet(wire);
    for (let i = 0; i < 5; i++) void producer.publish('a.b', `m${i + 1}`);
    turn();
    greet(wire, 1, 2);
    expect(sentOver(wire)).toEqual(texts(1, 5));
    wire.link.receive(confirm(4));
    for (let i = 5; i < 9; i++) void producer.publish('a.b', `m${i + 1}`);
    turn();
    expect(sentOver(wire)).toEqual(texts(1, 6));
  });

  it('of bytes makes publishes wait, and a message larger than the buffer still goes', async () => {
    const { wire, producer } = publishing(0, { bufferBytes: 1_000 });
    void producer.publish('a', new Uint8Array(5_000));
    const second = outcome(producer.publish('a', 'small'));
    turn();
    greet(wire);
    expect(sentOver(wire)).toHaveLength(1);
    wire.link.receive(confirm(1));
    turn();
    wire.link.receive(confirm(2));
    await settle();
    expect(second.settled).toBe(1);
  });

  it('rejects with BUFFER_FULL where the option says so', async () => {
    const { producer } = publishing(2, { maxOutstanding: 2, onFull: 'reject' });
    const third = outcome(producer.publish('a', 'x'));
    await settle();
    expect(third.code).toBe('BUFFER_FULL');
    expect(third.error?.retryable).toBe(true);
  });

  it('of those that wait rejects the next one', async () => {
    const { producer } = publishing(2, { maxOutstanding: 2, maxWaiting: 1 });
    const outcomes = [outcome(producer.publish('a', 'x')), outcome(producer.publish('a', 'y'))];
    await settle();
    expect(outcomes.map((one) => one.code)).toEqual([undefined, 'BUFFER_FULL']);
  });
});

describe('the end', () => {
  it('rejects everything that has no answer with CLIENT_CLOSED, those that wait included', async () => {
    const { producer, outcomes } = publishing(2, { maxOutstanding: 2 });
    outcomes.push(outcome(producer.publish('a', 'x')));
    producer.close(new TachyonError('CLIENT_CLOSED'));
    outcomes.push(outcome(producer.publish('a', 'y')));
    await settle();
    expect(outcomes.map(({ code, settled }) => `${code} ${settled}`)).toEqual(Array(4).fill('CLIENT_CLOSED 1'));
    expect(vi.getTimerCount()).toBe(0);
  });

  it('comes with a hello that is refused for good, and tells its code to every publish', async () => {
    const { wire, outcomes } = publishing(1);
    wire.link.break();
    vi.advanceTimersByTime(10);
    wire.link.say(errorWord('TENANT_NOT_TRUSTED'));
    await settle();
    expect(outcomes[0]?.code).toBe('TENANT_NOT_TRUSTED');
  });

  it('of waiting for confirms is when none is missing', async () => {
    const { wire, producer } = publishing(2);
    let flushed = 0;
    void producer.flushed().then(() => (flushed += 1));
    wire.link.receive(confirm(1));
    await settle();
    expect(flushed).toBe(0);
    wire.link.receive(confirm(2));
    await settle();
    expect(flushed).toBe(1);
  });
});
