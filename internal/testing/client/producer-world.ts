// A producer over links without sockets, for tests: what it sent, what it is answered and what its callers were told.

import { vi } from 'vitest';
import { Producer, type ProducerOptions } from '../../../pkg/client/publish/producer.ts';
import type { PublishReceipt } from '../../../pkg/client/publish/receipt.ts';
import type { Status } from '../../../pkg/client/status.ts';
import {
  type ConfirmException,
  type ErrorCode,
  encodeConfirm,
  type TachyonError,
} from '../../../pkg/protocol/index.ts';
import { publishedIn } from './fake-broker.ts';
import { FakeWire, helloOk } from './fake-wire.ts';

/** Time moves when the test says so. */
export const fakeTime = (): void => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'performance'],
  });
};

export function world(options: Partial<ProducerOptions> = {}) {
  const wire = new FakeWire();
  const told: Status[] = [];
  const producer = new Producer({
    name: 'publish',
    address: 'fake',
    openLink: wire.open,
    timeoutMs: 1_000,
    reconnect: { initialMs: 10, maxMs: 10, jitter: 0 },
    tell: (status) => told.push(status),
    tenant: '',
    clientName: 'test',
    bufferBytes: 16 << 20,
    onFull: 'wait',
    onBrokerFull: 'reject',
    maxOutstanding: 16_384,
    maxWaiting: 1_000_000,
    ended: () => undefined,
    ...options,
  });
  void producer.open();
  return { wire, told, producer };
}

/** Answers the hello of the newest link as the producer that it asks for. */
export function greet(wire: FakeWire, id = 1, window = 16_384): void {
  const hello = wire.link.words.find((word) => word.type === 'hello');
  const wanted = hello?.type === 'hello' ? hello.producer : null;
  wire.link.say(helloOk({ producer: wanted === null ? null : { id: wanted === 'new' ? id : wanted.id, window } }));
}

/** Ends the turn: what was published leaves. */
export function turn(): void {
  vi.advanceTimersToNextTimer();
}

/** A producer with its id, ready to publish, and the promises of `count` messages that were sent. */
export function publishing(count: number, options: Partial<ProducerOptions> = {}) {
  const made = world(options);
  greet(made.wire);
  const outcomes = Array.from({ length: count }, (_, i) => outcome(made.producer.publish('a.b', `m${i + 1}`)));
  turn();
  greet(made.wire);
  return { ...made, outcomes };
}

export type Outcome = { receipt?: PublishReceipt; code?: ErrorCode; error?: TachyonError; settled: number };

export function outcome(promise: Promise<PublishReceipt>): Outcome {
  const seen: Outcome = { settled: 0 };
  promise.then(
    (receipt) => {
      seen.receipt = receipt;
      seen.settled += 1;
    },
    (error: TachyonError) => {
      seen.error = error;
      seen.code = error.code;
      seen.settled += 1;
    },
  );
  return seen;
}

export const confirm = (through: number, exceptions: readonly ConfirmException[] = []): Uint8Array =>
  encodeConfirm({ through, position: through, durability: 'disk', exceptions });
export const refusal = (sequence: number, code: ErrorCode, retryAfterMs = 0): ConfirmException => ({
  sequence,
  duplicate: false,
  code,
  retryAfterMs,
  detail: 'why',
});
export const settle = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};
export const sentOver = (wire: FakeWire): { sequence: number; text: string }[] =>
  wire.link.of('publish').flatMap(publishedIn);
export const texts = (from: number, to: number): { sequence: number; text: string }[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ sequence: from + i, text: `m${from + i}` }));
