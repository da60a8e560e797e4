// What the log tells of dead letters and refusals over a real core: what they are found by, and never a line each.

import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../domain/limits.ts';
import { DEFAULT_QUEUE_POLICY } from '../domain/queue-policy.ts';
import { State } from '../domain/state.ts';
import { RadixRouteIndex } from '../repository/routes/radix-route-index.ts';
import { anOperatorRequest, nack, peer, publish, received, register } from '../testing/fixtures/a-broker.ts';
import { HandJournal } from '../testing/fixtures/hand-journal.ts';
import { ManualTimers } from '../testing/journal/manual-timers.ts';
import { Broker } from '../usecase/broker.ts';
import { MessageLog } from './message-log.ts';
import type { World } from './world.ts';

const logs: MessageLog[] = [];
afterEach(() => {
  for (const log of logs.splice(0)) log.close();
});

function aLoggedBroker(level = 'info') {
  const lines: string[] = [];
  const timers = new ManualTimers();
  const log = new MessageLog({ logger: pino({ level }, { write: (line) => void lines.push(line) }), timers });
  logs.push(log);
  const hand = new HandJournal();
  const plain = {
    openJournal: () => ({
      lastTimeMs: 0,
      replay: () => undefined,
      retain: () => undefined,
      release: () => undefined,
      start: () => hand,
    }),
  } as unknown as World;
  const world = log.world(plain);
  const state = new State(new RadixRouteIndex(), DEFAULT_LIMITS, DEFAULT_QUEUE_POLICY);
  log.serve({ state });
  const broker = new Broker({
    state,
    journal: world.openJournal().start(),
    chance: { fraction: () => 0, bytes: (count) => new Uint8Array(count) },
    observe: () => undefined,
    readCacheBytes: 1_000_000,
    readChunkBytes: 10_000,
    wake: () => undefined,
  });
  const run = (...commands: Parameters<Broker['turn']>[0][number][]) => {
    const leaving = broker.turn(commands, 1_000_000);
    for (let round = 0; round < 5; round += 1) {
      hand.sync();
      leaving.push(...broker.turn([], 1_000_000));
    }
    return leaving;
  };
  run({ type: 'start' });
  run({ type: 'declare-queue', request: anOperatorRequest(), tenant: 'a', name: 'q', patterns: ['t'], policy: {} });
  const told = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const windowEnds = (): void => {
    timers.advanceTo(timers.nowMs + 10_000);
    while (timers.ring(0));
  };
  return { run, told, windowEnds, world, plain };
}

const messages = (count: number) => publish({ tenant: 'a', of: Array.from({ length: count }, () => 't') });

it('tells the first dead letter of a kind at once, and all that follow as one line, with what they are found by', () => {
  const { run, told, windowEnds } = aLoggedBroker();
  run(messages(50));
  const deliveries = received(run(register({ tenant: 'a', queue: 'q' })));
  for (const { delivery } of deliveries) run(nack(peer(10), delivery, 'terminal', { reason: 'no stock' }));
  expect(deliveries).toHaveLength(50);
  expect(told()).toMatchObject([
    { level: 40, tenant: 'a', queue: 'q', cause: 'nack_terminal', sequence: 1, consumer: 'worker', reason: 'no stock' },
  ]);
  windowEnds();
  expect(told()).toHaveLength(2);
  expect(told()[1]).toMatchObject({ queue: 'q', messages: 49, last: { sequence: 50 } });
});

it('tells the first refusal of a kind with tenant, connection and code, and counts the rest', () => {
  const { run, told, windowEnds } = aLoggedBroker();
  for (let n = 0; n < 30; n += 1) run(publish({ tenant: 'a', peer: peer(3), of: ['nowhere', 'nowhere'] }));
  run(publish({ tenant: 'b', of: ['nowhere'] }));
  expect(told()).toMatchObject([
    { tenant: 'a', peer: 3, code: 'UNROUTABLE', messages: 2, detail: expect.stringContaining('"nowhere"') },
    { tenant: 'b', peer: 1, code: 'UNROUTABLE', messages: 1 },
  ]);
  windowEnds();
  expect(told().slice(2)).toMatchObject([{ tenant: 'a', messages: 58 }]);
  run(publish({ tenant: 'b', of: ['nowhere'] }));
  expect(told()).toHaveLength(4);
});

it('is bounded, however many tenants are refused', () => {
  const { run, told, windowEnds } = aLoggedBroker();
  for (let n = 0; n < 1_000; n += 1) run(publish({ tenant: `t${n}`, of: ['nowhere'] }));
  windowEnds();
  expect(told()).toHaveLength(257);
  expect(told().at(-1)).toMatchObject({ messages: 744 });
});

it('is not there where nobody reads such lines', () => {
  const { world, plain, run, told } = aLoggedBroker('error');
  run(publish({ tenant: 'a', of: ['nowhere'] }));
  expect(world).toBe(plain);
  expect(told()).toEqual([]);
});
