// The broker's own messages: what no route takes, and copies of dead letters, as far as a route asks for them by name.

import { describe, expect, it } from 'vitest';
import { BlockView } from '../../../pkg/protocol/block.ts';
import {
  aBroker,
  anOperatorRequest,
  type BrokerFixture,
  effectsOf,
  nack,
  peer,
  received,
  register,
} from '../../testing/fixtures/a-broker.ts';
import { realPublish } from '../../testing/fixtures/real-publish.ts';
import { capture } from '../../usecase/checkpoint/capture.ts';
import { decodeCapture, encodeCapture } from '../../usecase/checkpoint/codec.ts';
import { LetterCopies } from '../../usecase/dead-letters/copies.ts';
import { fingerprint } from '../../usecase/fingerprint.ts';
import type { Outgoing } from '../../usecase/gate.ts';
import { asPosition } from '../ids.ts';
import { copiesOwed } from '../letter-copy.ts';
import type { RouteWish } from '../operator-command.ts';

function bind(broker: BrokerFixture, pattern: string, queueName: string, over: Partial<RouteWish> = {}): void {
  const plain = { tenant: '', kind: 'direct', priority: 0, enabled: true, exclusive: false, metadata: {} } as const;
  broker.run({ type: 'add-route', request: anOperatorRequest(), route: { ...plain, pattern, queueName, ...over } });
}

/** What was delivered: topic, headers and body of each. */
function seen(left: readonly Outgoing[]): { topic: string; headers: object | undefined; body: string }[] {
  const all: { topic: string; headers: object | undefined; body: string }[] = [];
  for (const { effect, blocks } of left) {
    if (effect.type !== 'deliver') continue;
    const bytes = Buffer.concat(blocks ?? []);
    let at = 0;
    for (const { length } of effect.entries) {
      const { topic, attributes, body } = new BlockView(bytes, at);
      all.push({ topic, headers: attributes?.headers, body: new TextDecoder().decode(body) });
      at += length;
    }
  }
  return all;
}

const refusals = (left: readonly Outgoing[]): string[] =>
  effectsOf(left, 'published').flatMap((published) => published.refusals.map(({ code }) => code));

describe('a message that no route takes', () => {
  it('is refused as long as no route asks for such messages', () => {
    const broker = aBroker();
    bind(broker, '>', 'everything', { enabled: false });
    expect(refusals(broker.run(realPublish([{ topic: 'nowhere' }])))).toEqual(['UNROUTABLE']);
  });

  it('is kept where one does, confirmed, and counted all the same', () => {
    const broker = aBroker();
    bind(broker, '_system.unroutable', 'lost', { kind: 'system' });
    const headers = { region: 'eu', tachyon_original_topic: 'a lie' };
    const left = broker.run(
      realPublish([
        { topic: 'nowhere', headers, body: 'one', messageId: 'm1' },
        { topic: 'nowhere.else', body: 'two', long: true },
      ]),
    );
    expect(effectsOf(left, 'published')).toMatchObject([{ count: 2, durability: 'journal', refusals: [] }]);
    expect(broker.state.counters).toMatchObject({ unroutable: 2, published: 2, refused: 0 });
    expect(seen(broker.run(register({ queue: 'lost' })))).toEqual([
      {
        topic: '_system.unroutable',
        headers: { region: 'eu', tachyon_original_topic: 'nowhere', tachyon_reason: 'UNROUTABLE' },
        body: 'one',
      },
      {
        topic: '_system.unroutable',
        headers: { tachyon_original_topic: 'nowhere.else', tachyon_reason: 'UNROUTABLE' },
        body: 'two',
      },
    ]);
    expect(fingerprint(broker.replayed())).toBe(fingerprint(broker.state));
  });

  it('may be led by its headers, or be published', () => {
    const broker = aBroker();
    const original = { header: 'tachyon_original_topic', operator: 'prefix', values: ['orders.'] } as const;
    bind(broker, '_system.*', 'orders-lost', { when: [original] });
    expect(refusals(broker.run(realPublish([{ topic: 'orders.x' }, { topic: 'other' }])))).toEqual(['UNROUTABLE']);
    bind(broker, '_system.>', '', { kind: 'fanout' });
    const left = broker.run(realPublish([{ topic: 'other' }]));
    expect(refusals(left)).toEqual([]);
    expect(effectsOf(left, 'publication')).toMatchObject([{ topic: '_system.unroutable' }]);
    expect(broker.queue('orders-lost').depth).toBe(1);
  });

  it('is not what a producer may say itself', () => {
    const broker = aBroker();
    bind(broker, '_system.unroutable', 'lost');
    expect(refusals(broker.run(realPublish([{ topic: '_system.unroutable' }])))).toEqual(['RESERVED_TOPIC']);
  });
});

/** A broker whose dead letters of `orders` are copied, and the part of it that makes the copies. */
function withLetters(over: Partial<RouteWish> = {}): { broker: BrokerFixture; copy: () => void } {
  const broker = aBroker({ policy: { attemptsMax: 1 } });
  broker.declare('work', { patterns: ['orders.>', 'other'] });
  bind(broker, '_dlq.orders.>', 'letters', over);
  const copies = new LetterCopies(broker.broker, (commands) => void broker.run(...commands));
  return {
    broker,
    copy: () => {
      for (let left = 20; left > 0 && broker.state.copiesOwed.size > 0; left -= 1) {
        copies.look(broker.nowMs);
        broker.advance(1_000);
      }
    },
  };
}

function die(broker: BrokerFixture, topic: string): void {
  const from = peer(10);
  broker.run(register({ queue: 'work', consumer: 'killer' }));
  const [delivery] = received(broker.run(realPublish([{ topic, body: 'body', messageId: 'm' }])), from);
  broker.run(nack(from, delivery?.delivery ?? 0, 'terminal', { reason: 'no such customer' }));
  broker.run({ type: 'deregister', peer: from });
}

describe('a dead letter', () => {
  it('is copied under its own topic, once, with what happened to it', () => {
    const { broker, copy } = withLetters();
    die(broker, 'orders.eu');
    expect(broker.queue('work').dead.size).toBe(1);
    expect(copiesOwed(broker.state)).toBe(1);
    copy();
    expect(copiesOwed(broker.state)).toBe(0);
    const told = seen(broker.run(register({ peer: peer(11), queue: 'letters', consumer: 'reader' })));
    expect(told).toMatchObject([
      {
        topic: '_dlq.orders.eu',
        body: 'body',
        headers: {
          tachyon_original_topic: 'orders.eu',
          tachyon_queue: 'work',
          tachyon_cause: 'nack_terminal',
          tachyon_reason: 'no such customer',
          tachyon_attempts: 1,
        },
      },
    ]);
    expect(fingerprint(broker.replayed())).toBe(fingerprint(broker.state));
  });

  it('owes nothing where no route asks, and its copy is dropped where none takes its topic', () => {
    const { broker, copy } = withLetters();
    die(broker, 'other');
    expect(copiesOwed(broker.state)).toBe(1);
    copy();
    expect([copiesOwed(broker.state), broker.queue('letters').depth]).toEqual([0, 0]);
    broker.run({
      type: 'remove-route',
      request: anOperatorRequest(),
      tenant: '',
      pattern: '_dlq.orders.>',
      queueName: null,
    });
    die(broker, 'orders.eu');
    expect(copiesOwed(broker.state)).toBe(0);
  });

  it('that was a copy is not copied again', () => {
    const { broker, copy } = withLetters();
    bind(broker, '_dlq._dlq.>', 'letters');
    die(broker, 'orders.eu');
    copy();
    const from = peer(11);
    const [delivery] = received(broker.run(register({ peer: from, queue: 'letters', consumer: 'reader' })), from);
    broker.run(nack(from, delivery?.delivery ?? 0, 'terminal'));
    copy();
    expect([broker.queue('letters').depth, broker.queue('letters').dead.size, copiesOwed(broker.state)]).toEqual([
      0, 1, 0,
    ]);
  });

  it('is owed its copy across a restart and a checkpoint', () => {
    const { broker } = withLetters();
    die(broker, 'orders.eu');
    expect(copiesOwed(broker.replayed())).toBe(1);
    const bytes = Buffer.concat([...encodeCapture(capture(broker.state, asPosition(9)))]);
    expect(decodeCapture(bytes, asPosition(9)).copiesOwed).toHaveLength(2);
  });

  it('of a full queue of a drained one waits, and is copied when it is taken again', () => {
    const { broker, copy } = withLetters();
    const steer = (word: 'drain' | 'resume') =>
      broker.run({ type: 'steer-queue', request: anOperatorRequest(), tenant: '', name: 'letters', word });
    steer('drain');
    die(broker, 'orders.eu');
    copy();
    expect([copiesOwed(broker.state), broker.queue('letters').depth]).toEqual([1, 0]);
    steer('resume');
    copy();
    expect([copiesOwed(broker.state), broker.queue('letters').depth]).toEqual([0, 1]);
  });

  it('without a name of its own below _dlq has no copy', () => {
    const { broker, copy } = withLetters();
    die(broker, `orders.${'x'.repeat(246)}`);
    copy();
    expect([copiesOwed(broker.state), broker.queue('letters').depth]).toEqual([0, 0]);
  });

  it('is published where a fanout route takes it', () => {
    const { broker, copy } = withLetters({ kind: 'fanout', queueName: '' });
    die(broker, 'orders.eu');
    const from = broker.left.length;
    copy();
    expect(effectsOf(broker.left.slice(from), 'publication')).toMatchObject([{ topic: '_dlq.orders.eu' }]);
  });
});
