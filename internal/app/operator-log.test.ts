// What the log tells of operators' requests, over the real desks and a transport in memory.

import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { encodeControlPacket } from '../../pkg/protocol/abtp2/flow.ts';
import { encodeBrokerWord, encodeClientWord } from '../../pkg/protocol/control.ts';
import type { TransportHandlers } from '../delivery/transport.ts';
import { asPeerId } from '../domain/ids.ts';
import { MemoryTransport } from '../testing/fixtures/memory-transport.ts';
import { loggedOperators } from './operator-log.ts';

const handlers = (heard: unknown[]): TransportHandlers => ({
  onBatch: (_, messages) => void heard.push(...messages),
  onIdle: () => undefined,
  onPeerGone: () => undefined,
  onDrain: () => undefined,
  onFault: () => undefined,
});

async function anEndpoint(level: string) {
  const lines: string[] = [];
  const logger = pino({ level }, { write: (line: string) => void lines.push(line) });
  const memory = new MemoryTransport('memory://admin');
  const transport = loggedOperators(memory, logger);
  const heard: unknown[] = [];
  await transport.listen(handlers(heard));
  const ask = (id: number, word: string, about: object = {}): void => {
    const json = encodeClientWord({ type: 'admin.request', id, word, args: { payload: 'c2VjcmV0', ...about } });
    const peer = memory.connect();
    peer.send(...(id % 2 === 0 ? [encodeControlPacket(json)] : ['', '_control', json]));
    memory.poll();
  };
  const reply = (peer: number, id: number, code: 'QUEUE_NOT_FOUND' | null): void => {
    const error = code === null ? null : { code, message: 'no' };
    const json = encodeBrokerWord({ type: 'admin.reply', id, ok: code === null, result: null, error });
    transport.send(asPeerId(peer), [encodeControlPacket(json)]);
  };
  return { lines, memory, transport, heard, ask, reply };
}

const told = (lines: readonly string[]): object[] => lines.map((line) => JSON.parse(line) as object);

describe('the log of operators', () => {
  it('tells peer, number, word and outcome of each request, and nothing of its content', async () => {
    const { lines, heard, ask, reply } = await anEndpoint('debug');
    ask(1, 'queues.list');
    ask(2, 'queues.show');
    reply(2, 2, 'QUEUE_NOT_FOUND');
    reply(1, 1, null);
    expect(heard).toHaveLength(2);
    expect(told(lines)).toMatchObject([
      { peer: 2, request: 2, word: 'queues.show', outcome: 'QUEUE_NOT_FOUND', tookMs: expect.any(Number) },
      { peer: 1, request: 1, word: 'queues.list', outcome: 'ok' },
    ]);
    expect(lines.join('')).not.toContain('c2VjcmV0');
  });

  it('tells what a request is about: actor, tenant, queue, messages and job, cut where they are long', async () => {
    const { lines, ask, reply } = await anEndpoint('debug');
    const ids = Array.from({ length: 40 }, (_none, index) => `m${index}`);
    ask(1, 'dlq.purge', { actor: 'olivia', tenant_id: 'a', queue: 'q'.repeat(999), ids, job: 7, id: { no: 'text' } });
    reply(1, 1, null);
    expect(told(lines)).toMatchObject([
      { word: 'dlq.purge', actor: 'olivia', tenant_id: 'a', queue: 'q'.repeat(256), ids: ids.slice(0, 16), job: 7 },
    ]);
    expect(told(lines)[0]).not.toHaveProperty('id');
  });

  it('tells a reply once, and none that nobody asked for', async () => {
    const { lines, ask, reply } = await anEndpoint('debug');
    reply(1, 1, null);
    ask(1, 'status');
    reply(1, 9, null);
    reply(1, 1, null);
    reply(1, 1, null);
    expect(told(lines)).toMatchObject([{ request: 1, word: 'status' }]);
  });

  it('forgets the oldest of very many that were never answered', async () => {
    const { lines, ask, reply } = await anEndpoint('debug');
    for (let id = 1; id <= 1_025; id += 1) ask(id, 'status');
    reply(1, 1, null);
    reply(2, 2, null);
    expect(told(lines)).toMatchObject([{ peer: 2, request: 2 }]);
  });

  it('passes over what is no request', async () => {
    const { lines, memory, heard } = await anEndpoint('debug');
    for (const frames of [['x'], ['', '_control', '{'], ['a', 'b'], ['a', 'b', 'c', 'd']]) {
      memory.connect().send(...frames);
    }
    memory.poll();
    expect([heard.length, lines]).toEqual([4, []]);
  });

  it('is not there above level debug', async () => {
    const { memory, transport } = await anEndpoint('info');
    expect(transport).toBe(memory);
  });
});
