// Pause, drain and resume of one consumer: what it is given, what the others are, and what a restart and a reconnect keep.

import { describe, expect, it } from 'vitest';
import {
  aBroker,
  ack,
  anOperatorRequest,
  type BrokerFixture,
  bodies,
  effectsOf,
  peer,
  publish,
  received,
  register,
} from '../../testing/fixtures/a-broker.ts';
import { why } from '../../usecase/explain.ts';
import { checkInvariants } from '../invariants.ts';
import { STEERED_CONSUMERS_MAX } from '../limits.ts';
import type { SteerConsumer } from '../operator-command.ts';

const steer = (consumer: string, word: SteerConsumer['word'], tenant = ''): SteerConsumer => ({
  type: 'steer-consumer',
  request: anOperatorRequest(),
  tenant,
  consumer,
  word,
});

const answers = (broker: BrokerFixture, command: SteerConsumer) =>
  effectsOf(broker.run(command), 'operator-reply').map(({ outcome }) => outcome);

function twoConsumers(): BrokerFixture {
  const broker = aBroker();
  broker.declare('q');
  broker.run(register({ peer: peer(2), consumer: 'one', queue: 'q', windowMessages: 2 }));
  broker.run(register({ peer: peer(3), consumer: 'two', queue: 'q', windowMessages: 2 }));
  return broker;
}

describe('a paused consumer', () => {
  it('is given nothing, and the other ones of its queue are', () => {
    const broker = twoConsumers();
    expect(answers(broker, steer('one', 'pause'))).toMatchObject([
      { ok: true, result: { consumer_id: 'one', steering: 'paused', connected: true, inflight: 0 } },
    ]);
    const left = broker.run(publish({ of: ['q', 'q', 'q'] }));
    expect([bodies(left, peer(2)), bodies(left, peer(3))]).toEqual([[], ['q', 'q']]);
  });

  it('may settle what it holds', () => {
    const broker = twoConsumers();
    const given = broker.run(publish({ of: ['q', 'q'] }));
    const held = received(given, peer(2));
    broker.run(steer('one', 'drain'));
    broker.run(
      ack(
        peer(2),
        effectsOf(given, 'deliver', peer(2)).map(({ firstDelivery }) => firstDelivery),
      ),
    );
    expect(answers(broker, steer('one', 'drain'))).toMatchObject([
      { ok: true, result: { steering: 'draining', inflight: 0 } },
    ]);
    expect(broker.queue('q').depth).toBe(2 - held.length);
  });

  it('is given messages at once when it is resumed', () => {
    const broker = twoConsumers();
    broker.run(steer('one', 'pause'), steer('two', 'pause'));
    expect(bodies(broker.run(publish({ of: ['q'] })))).toEqual([]);
    expect(bodies(broker.run(steer('two', 'resume')), peer(3))).toEqual(['q']);
  });

  it('stays paused over a new session, another connection and a restart', () => {
    const broker = twoConsumers();
    broker.run(steer('one', 'pause'), steer('two', 'pause'));
    broker.run({ type: 'peer-gone', peer: peer(2), cause: 'gone' });
    broker.run(register({ peer: peer(7), consumer: 'one', queue: 'q' }));
    expect(bodies(broker.run(publish({ of: ['q'] })))).toEqual([]);
    const again = broker.replayed();
    checkInvariants(again);
    expect([...again.steered.all.values()]).toMatchObject([{ consumer: 'one' }, { consumer: 'two' }]);
    expect([...again.sessions.values()].map(({ steering }) => steering)).toEqual(['paused', 'paused']);
    expect(bodies(broker.run(steer('one', 'resume')), peer(7))).toEqual(['q']);
  });

  it('may be one that never came, and is not one of another tenant', () => {
    const broker = aBroker();
    broker.declare('q');
    broker.run(steer('late', 'pause'), steer('late', 'pause', 'other'));
    broker.run(steer('late', 'resume', 'other'));
    broker.run(register({ peer: peer(2), consumer: 'late', queue: 'q' }));
    expect(bodies(broker.run(publish({ of: ['q'] })))).toEqual([]);
    expect(broker.state.steered.size).toBe(1);
  });

  it('is what why tells, with the word that lets it go on', () => {
    const broker = twoConsumers();
    broker.run(steer('one', 'pause'), steer('two', 'pause'), publish({ of: ['q'] }));
    const { reason, next_step, consumers } = why(
      broker.state,
      broker.queue('q'),
      broker.journal,
      broker.broker.bodies,
      0,
    );
    expect([reason, next_step]).toEqual(['consumer_paused', 'tachyon consumers resume one']);
    expect(consumers).toMatchObject([{ reason: 'consumer_paused' }, { reason: 'consumer_paused' }]);
  });

  it('is journaled once, whatever is said twice', () => {
    const broker = twoConsumers();
    broker.run(steer('one', 'pause'), steer('one', 'pause'), steer('one', 'resume'), steer('one', 'resume'));
    const events = broker.journal.events.map(({ event }) => event);
    expect(events.filter(({ type }) => type === 'consumer-steered')).toMatchObject([
      { steering: 'paused' },
      { steering: 'running' },
    ]);
    expect(events.filter(({ type }) => type === 'operator-action')).toMatchObject([
      {},
      { operation: 'pause_consumer', prior: [{ steering: 'running' }], resulting: [{ steering: 'paused' }] },
      { operation: 'pause_consumer' },
      { operation: 'resume_consumer' },
      { operation: 'resume_consumer' },
    ]);
  });

  it('is one of so many and no more, and a name', () => {
    const broker = aBroker();
    for (let i = 0; i < STEERED_CONSUMERS_MAX; i += 1) broker.run(steer(`c${i}`, 'pause'));
    expect(answers(broker, steer('more', 'drain'))).toMatchObject([{ refusal: { code: 'TOO_MANY_STEERED' } }]);
    expect(answers(broker, steer('c1', 'drain'))).toMatchObject([{ ok: true }]);
    expect(answers(broker, steer('c1', 'resume'))).toMatchObject([{ ok: true }]);
    expect(answers(broker, steer('more', 'drain'))).toMatchObject([{ ok: true }]);
    expect(answers(broker, steer('', 'pause'))).toMatchObject([{ refusal: { code: 'INVALID_NAME' } }]);
  });
});
