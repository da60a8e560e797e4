// What becomes here of messages that the other broker takes, refuses, or cannot be reached for.

import { expect, it } from 'vitest';
import type { Client } from '../../../pkg/client/client.ts';
import type { Consumer } from '../../../pkg/client/consume/consumer.ts';
import type { Delivery, NackOptions } from '../../../pkg/client/consume/delivery.ts';
import { type ErrorCode, TachyonError } from '../../../pkg/protocol/errors.ts';
import { carry } from './carry.ts';

const NO_BODY = new Uint8Array(0);

interface Settled {
  readonly sequence: number;
  readonly done: 'ack' | NackOptions['status'];
}

function deliveries(count: number, settled: Settled[], hops?: number): Consumer {
  const one = (sequence: number): Delivery =>
    ({
      topic: 'orders.a',
      body: NO_BODY,
      messageId: '',
      queue: 'out',
      sequence,
      attributes: { content_type: 'text/plain', ttl_ms: 5 },
      headers: hops === undefined ? {} : { tachyon_hops: hops },
      ack: () => void settled.push({ sequence, done: 'ack' }),
      nack: ({ status }: NackOptions) => void settled.push({ sequence, done: status }),
    }) as unknown as Delivery;
  async function* all(): AsyncGenerator<Delivery> {
    for (let sequence = 1; sequence <= count; sequence += 1) yield one(sequence);
  }
  return all() as unknown as Consumer;
}

it('acknowledges what was confirmed, dead-letters what is refused for good, and tries the rest again', async () => {
  const settled: Settled[] = [];
  const answers: readonly (ErrorCode | null)[] = [null, 'UNROUTABLE', 'STORAGE_FULL', 'CLIENT_CLOSED', null];
  let asked = 0;
  const publish = (async () => {
    const code = answers[asked++];
    if (code !== null && code !== undefined) throw new TachyonError(code);
  }) as unknown as Client['publish'];
  const lines: string[] = [];
  const counts = await carry(deliveries(5, settled), { publish }, (line) => lines.push(line));
  expect(counts).toEqual({ carried: 2, refused: 1, failed: 2 });
  expect([...settled].sort((a, b) => a.sequence - b.sequence)).toEqual([
    { sequence: 1, done: 'ack' },
    { sequence: 2, done: 'terminal' },
    { sequence: 3, done: 'retryable' },
    { sequence: 4, done: 'retryable' },
    { sequence: 5, done: 'ack' },
  ]);
  expect(lines).toHaveLength(3);
});

it('counts the hop, names what has no name, and leaves times behind', async () => {
  const said: unknown[] = [];
  const publish = (async (...words: unknown[]) => void said.push(words)) as unknown as Client['publish'];
  await carry(deliveries(1, [], 2), { publish });
  await carry(deliveries(1, []), { publish });
  const options = { messageId: 'out#1', contentType: 'text/plain' };
  expect(said).toEqual([
    ['orders.a', NO_BODY, { ...options, headers: { tachyon_hops: 3 } }],
    ['orders.a', NO_BODY, { ...options, headers: { tachyon_hops: 1 } }],
  ]);
});
