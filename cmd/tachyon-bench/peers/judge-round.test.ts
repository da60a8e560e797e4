// A round that lost something, or was not confirmed for all, has no figure: it says why.

import { describe, expect, it } from 'vitest';
import { failedRound, judgeRound } from './judge-round.ts';
import type { ConsumerResult, ProducerResult } from './work/words.ts';

const producer: ProducerResult = {
  role: 'producer',
  firstPublishMs: 1_000,
  lastConfirmMs: 1_500,
  confirmed: 100,
  cpuSeconds: 0.1,
};
const consumer: ConsumerResult = {
  role: 'consumer',
  received: 100,
  duplicated: 2,
  unexpected: 0,
  isSettled: true,
  lastAckMs: 3_000,
  cpuSeconds: 0.2,
};
const parts = { messages: 100, subscribers: 0, producer, consumer, serverCpuSeconds: 1 };

describe('a round', () => {
  it('counts from the first publish to the last acknowledgement, or the last confirm if that came later', () => {
    expect(judgeRound(parts)).toMatchObject({ faults: [], perSecond: 50, duplicated: 2 });
    expect(judgeRound({ ...parts, producer: { ...producer, lastConfirmMs: 5_000 } })).toMatchObject({ perSecond: 25 });
  });

  it('counts deliveries where there are several subscribers', () => {
    const all = { ...consumer, received: 800 };
    expect(judgeRound({ ...parts, subscribers: 8, consumer: all })).toMatchObject({ faults: [], perSecond: 400 });
  });

  it('is no figure when a message is missing, a publish was not confirmed, or an acknowledgement was not taken', () => {
    const judged = (change: Partial<ConsumerResult>, confirmed = 100) =>
      judgeRound({ ...parts, producer: { ...producer, confirmed }, consumer: { ...consumer, ...change } });
    expect(judged({ received: 99 })).toMatchObject({ perSecond: null, faults: ['1 of 100 messages are missing'] });
    expect(judged({ received: 0 })).toMatchObject({ perSecond: null, faults: ['nothing was received'] });
    expect(judged({}, 98)).toMatchObject({ perSecond: null, faults: ['2 of 100 publishes were not confirmed'] });
    expect(judged({ isSettled: false })).toMatchObject({ faults: ['the last acknowledgements were not taken'] });
    expect(judged({ unexpected: 1 }).perSecond).toBeNull();
  });

  it('that broke off says why', () => {
    expect(failedRound(100, 'the server closed the connection')).toMatchObject({
      perSecond: null,
      faults: ['the server closed the connection'],
    });
  });
});
