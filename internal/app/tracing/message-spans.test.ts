// Spans of messages whose blocks stand in pieces, whose consumers go away, and of which there are too many.

import { beforeEach, expect, test } from 'vitest';
import { encodeBlockHead } from '../../../pkg/protocol/block.ts';
import { DeliverEntries } from '../../domain/deliver-entries.ts';
import type { Deliver } from '../../domain/effect.ts';
import type { Accepted } from '../../domain/event.ts';
import { asPosition, asQueueId, asSequence, asSessionId, NO_POSITION } from '../../domain/ids.ts';
import { MessageSpans } from './message-spans.ts';
import type { Span } from './span.ts';

const traceOf = (n: number): string => n.toString(16).padStart(32, '0');
const QUEUE = asQueueId(1);
const SESSION = asSessionId(7);

let told: { span: Span; traceId: string }[];
let nowMs: number;
let untraced: number;
let spans: MessageSpans;

const spansOf = (waitingMax?: number): MessageSpans =>
  new MessageSpans({
    nowMs: () => nowMs,
    tell: (span, { traceId }) => void told.push({ span, traceId }),
    untraced: () => {
      untraced += 1;
    },
    ...(waitingMax === undefined ? {} : { waitingMax }),
  });

beforeEach(() => {
  told = [];
  untraced = 0;
  nowMs = 1_000;
  spans = spansOf();
});

const body = new Uint8Array(100);
const headOf = (n: number): Uint8Array =>
  encodeBlockHead(
    { topic: 'a', attributes: { headers: { traceparent: `00-${traceOf(n)}-00f067aa0ba902b7-01` } } },
    body.length,
  );

function accepted(first: number, count: number): Accepted {
  return {
    type: 'accepted',
    producer: 0 as never,
    firstProducerSequence: 0,
    firstSequence: asSequence(first),
    atMs: nowMs,
    sets: [[QUEUE]],
    setOf: Array.from({ length: count }, () => 0),
    lengths: Array.from({ length: count }, (_, i) => headOf(first + i).length + body.length),
  };
}

function deliver(first: number, count: number, firstDelivery = 1): void {
  const entries = new DeliverEntries();
  const blocks: Uint8Array[] = [];
  for (let i = 0; i < count; i += 1) {
    const block = new Uint8Array([...headOf(first + i), ...body]);
    blocks.push(block);
    entries.push(asSequence(first + i), NO_POSITION, 0, block.length, block.length, 0, 1, 0);
  }
  const queue = { id: QUEUE, name: 'q', tenant: '' };
  const session = { id: SESSION, consumer: 'c' };
  spans.delivered({ type: 'deliver', queue, session, firstDelivery, entries } as unknown as Deliver, blocks);
}

test('heads and bodies in pieces of their own, and whole blocks in one piece, are told alike', () => {
  const whole = new Uint8Array([...headOf(3), ...body, ...headOf(4), ...body]);
  spans.added(accepted(1, 4), nowMs, [headOf(1), body, headOf(2), body, whole]);
  spans.committed(asPosition(1));
  expect(told).toEqual([]);
  nowMs = 1_010;
  spans.durable(asPosition(1));
  expect(told.map(({ traceId }) => traceId)).toEqual([1, 2, 3, 4].map(traceOf));
  expect(told[0]?.span).toMatchObject({ name: 'publish a', startMs: 1_000, endMs: 1_010, error: null });
});

test('nothing is told before it is durable, and each turn with its own group', () => {
  spans.added(accepted(1, 1), nowMs, [headOf(1), body]);
  spans.committed(asPosition(1));
  spans.committed(asPosition(1));
  spans.added(accepted(2, 1), nowMs, [headOf(2), body]);
  spans.committed(asPosition(2));
  spans.durable(asPosition(1));
  expect(told.map(({ traceId }) => traceId)).toEqual([traceOf(1)]);
  spans.durable(asPosition(2));
  expect(told.map(({ traceId }) => traceId)).toEqual([traceOf(1), traceOf(2)]);
});

test('an attempt ends with the ack on disk, and the ack stands inside it', () => {
  deliver(1, 1);
  nowMs = 1_020;
  spans.added({ type: 'settled', queue: QUEUE, sequences: [asSequence(1)] }, nowMs, []);
  spans.committed(asPosition(3));
  nowMs = 1_030;
  spans.durable(asPosition(3));
  expect(told).toMatchObject([
    {
      span: {
        name: 'deliver q',
        startMs: 1_000,
        endMs: 1_030,
        attributes: { 'tachyon.outcome': 'acked' },
        inside: [{ name: 'ack', startMs: 1_020, endMs: 1_030 }],
      },
    },
  ]);
});

test('attempts of a consumer whose session ends, and of a queue that is deleted, end with it', () => {
  deliver(1, 1);
  spans.added({ type: 'session-closed', session: SESSION }, nowMs, []);
  deliver(2, 1);
  spans.added({ type: 'queue-deleted', queue: QUEUE, cause: 'deleted', operator: null }, nowMs, []);
  expect(told.map(({ span }) => span.attributes['tachyon.outcome'])).toEqual(['returned', 'returned']);
});

test('a hand-over without acks is told at once', () => {
  deliver(1, 1, 0);
  expect(told).toMatchObject([{ span: { attributes: { 'tachyon.outcome': 'handed_over' } } }]);
});

test('beyond the bound messages are counted and not traced, and the others are whole', () => {
  spans = spansOf(2);
  deliver(1, 5);
  spans.added(
    accepted(10, 5),
    nowMs,
    [10, 11, 12, 13, 14].flatMap((n) => [headOf(n), body]),
  );
  spans.committed(asPosition(1));
  spans.durable(asPosition(1));
  expect(told.map(({ traceId }) => traceId)).toEqual([traceOf(10), traceOf(11)]);
  expect(untraced).toBe(6);
});
