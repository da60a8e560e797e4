// One round's figure, and whether it is one: a round whose consumer missed a message, or whose producer was not confirmed
// for all, is none.

import type { ConsumerResult, ProducerResult } from './work/words.ts';

export interface Round {
  /** Why it does not count; nothing when it does. */
  readonly faults: readonly string[];
  /** Messages, in fanout deliveries, a second: first publish to the last confirm or acknowledgement. Null: no figure. */
  readonly perSecond: number | null;
  readonly seconds: number;
  readonly published: number;
  readonly confirmed: number;
  readonly received: number;
  readonly duplicated: number;
  /** Null where it cannot be known. */
  readonly cpuSeconds: { readonly server: number | null; readonly producer: number; readonly consumer: number };
}

interface Parts {
  readonly messages: number;
  readonly subscribers: number;
  readonly producer: ProducerResult;
  readonly consumer: ConsumerResult;
  readonly serverCpuSeconds: number | null;
}

export function judgeRound({ messages, subscribers, producer, consumer, serverCpuSeconds }: Parts): Round {
  const expected = messages * Math.max(1, subscribers);
  const faults: string[] = [];
  const missing = expected - consumer.received;
  if (consumer.received === 0) faults.push('nothing was received');
  else if (missing > 0) faults.push(`${missing} of ${expected} messages are missing`);
  const unconfirmed = messages - producer.confirmed;
  if (unconfirmed > 0) faults.push(`${unconfirmed} of ${messages} publishes were not confirmed`);
  if (consumer.unexpected > 0) faults.push(`${consumer.unexpected} messages were received that nobody published`);
  if (!consumer.isSettled && missing <= 0) faults.push('the last acknowledgements were not taken');
  const endMs = Math.max(consumer.lastAckMs, producer.lastConfirmMs);
  const seconds = Math.max(1e-6, (endMs - producer.firstPublishMs) / 1e3);
  return {
    faults,
    perSecond: faults.length === 0 ? Math.round(expected / seconds) : null,
    seconds,
    published: messages,
    confirmed: producer.confirmed,
    received: consumer.received,
    duplicated: consumer.duplicated,
    cpuSeconds: { server: serverCpuSeconds, producer: producer.cpuSeconds, consumer: consumer.cpuSeconds },
  };
}

/** A round that did not come to its end. */
export const failedRound = (messages: number, reason: string): Round => ({
  faults: [reason],
  perSecond: null,
  seconds: 0,
  published: messages,
  confirmed: 0,
  received: 0,
  duplicated: 0,
  cpuSeconds: { server: null, producer: 0, consumer: 0 },
});
