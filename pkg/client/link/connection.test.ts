// Proved over links without sockets and with timers that the test moves.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeWire, helloOk } from '../../../internal/testing/client/fake-wire.ts';
import {
  type BrokerWord,
  decodeBrokerPacket,
  encodeBrokerWord,
  encodeControlPacket,
  encodeHeartbeat,
  encodeText,
  errorWord,
  type TachyonError,
} from '../../protocol/index.ts';
import type { Status } from '../status.ts';
import { backoffMs } from './backoff.ts';
import { Connection, type ConnectionOptions, errorOf } from './connection.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function world(options: Partial<ConnectionOptions> = {}) {
  const wire = new FakeWire();
  const story: string[] = [];
  const told: Status[] = [];
  const words: BrokerWord[] = [];
  const connection = new Connection(
    {
      name: 'publish',
      address: 'fake',
      openLink: wire.open,
      timeoutMs: 1_000,
      reconnect: { initialMs: 10, maxMs: 80, jitter: 0 },
      tell: (status) => told.push(status),
      ...options,
    },
    {
      greeting: () => ({ tenantId: 'acme', client: 'test', producer: null }),
      opened: () => story.push('opened'),
      packet: (packet) => story.push(packet.type),
      word: (word) => words.push(word),
      lost: (error: TachyonError) => story.push(`lost ${error.code}`),
      refused: (error: TachyonError) => {
        story.push(`refused ${error.code}`);
        return error.code === 'UNKNOWN_PRODUCER';
      },
      ended: (error: TachyonError) => story.push(`ended ${error.code}`),
    },
  );
  connection.start();
  return { wire, story, told, words, connection };
}

describe('a connection', () => {
  it('says hello first, with what it speaks and for whom', () => {
    const { wire } = world();
    expect(wire.link.words).toMatchObject([{ type: 'hello', versions: [2], tenantId: 'acme', client: 'test' }]);
  });

  it('sends nothing before hello is answered, and nothing after it is closed', () => {
    const { wire, connection, story } = world();
    connection.send(encodeHeartbeat());
    expect(wire.link.packets).toEqual([]);
    wire.link.say(helloOk());
    connection.send(encodeHeartbeat());
    expect(wire.link.packets).toHaveLength(1);
    connection.close();
    connection.send(encodeHeartbeat());
    connection.restart();
    expect(wire.links).toHaveLength(1);
    expect(story).toEqual(['opened']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends with UNSUPPORTED_VERSION where the broker chose another version', () => {
    const { wire, story } = world();
    wire.link.say(helloOk({ version: 1 }));
    expect(story).toEqual(['ended UNSUPPORTED_VERSION']);
  });

  it('waits longer after each failure, and tells how long', () => {
    const { wire, told } = world();
    for (let i = 0; i < 5; i++) {
      wire.link.break();
      vi.advanceTimersByTime(80);
    }
    const delays = told.flatMap((status) => (status.type === 'reconnecting' ? [status.delayMs] : []));
    expect(delays).toEqual([10, 20, 40, 80, 80]);
    expect(wire.links).toHaveLength(6);
  });

  it('that breaks soon after it opened counts as a failure; one that held does not', () => {
    const { wire, told } = world();
    const delays = (): number[] => told.flatMap((status) => (status.type === 'reconnecting' ? [status.delayMs] : []));
    for (let i = 0; i < 3; i++) {
      wire.link.say(helloOk());
      wire.link.break();
      vi.advanceTimersByTime(80);
    }
    expect(delays()).toEqual([10, 20, 40]);
    wire.link.say(helloOk());
    vi.advanceTimersByTime(100);
    wire.link.break();
    expect(delays()).toEqual([10, 20, 40, 10]);
  });

  it('waits as long as the broker asks', () => {
    const { wire, told } = world();
    wire.link.say(errorWord('TOO_MANY_PRODUCERS', { retryAfterMs: 700 }));
    expect(told).toContainEqual({ type: 'reconnecting', connection: 'publish', attempt: 1, delayMs: 700 });
    vi.advanceTimersByTime(700);
    expect(wire.links).toHaveLength(2);
  });

  it('tries again at once where another greeting may do', () => {
    const { wire, story } = world();
    wire.link.say(errorWord('UNKNOWN_PRODUCER'));
    expect(wire.links).toHaveLength(2);
    wire.link.say(errorWord('TENANT_NOT_TRUSTED'));
    expect(story).toEqual(['refused UNKNOWN_PRODUCER', 'refused TENANT_NOT_TRUSTED', 'ended TENANT_NOT_TRUSTED']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives up a hello that nobody answers, and tries the next link', () => {
    const { wire, story } = world();
    vi.advanceTimersByTime(1_010);
    expect(wire.links).toHaveLength(2);
    expect(wire.links[0]?.isUp).toBe(false);
    expect(story).toEqual([]);
  });

  it('that may not reconnect ends with the first loss', () => {
    const { wire, story } = world({ reconnect: null });
    wire.link.say(helloOk());
    wire.link.break();
    expect(story).toEqual(['opened', 'lost BROKER_UNREACHABLE', 'ended BROKER_UNREACHABLE']);
  });

  it('reads nothing more from a link that it left', () => {
    const { wire, connection, words } = world();
    const former = wire.link;
    former.say(helloOk());
    connection.restart();
    former.say(errorWord('BUSY'));
    expect(words).toEqual([]);
  });

  it('takes a packet that nobody can read as a broken connection', () => {
    const { wire, story, told } = world();
    wire.link.say(helloOk());
    wire.link.receive(new Uint8Array([0xab, 0x54, 2, 0x81, 0, 0, 0, 0]));
    expect(story).toEqual(['opened', 'lost MALFORMED_PACKET']);
    expect(told.some((status) => status.type === 'error')).toBe(true);
  });

  it('overlooks a word that only a newer broker knows', () => {
    const { wire, story } = world();
    wire.link.say(helloOk());
    wire.link.receive(encodeControlPacket(encodeText('{"type":"weather.report","degrees":20}')));
    expect(story).toEqual(['opened']);
  });
});

describe('heartbeats', () => {
  it('go out while there is nothing else to say', () => {
    const { wire, connection } = world();
    wire.link.say(helloOk({ heartbeatMs: 100 }));
    vi.advanceTimersByTime(50);
    expect(wire.link.of('heartbeat')).toHaveLength(1);
    connection.send(encodeHeartbeat());
    vi.advanceTimersByTime(50);
    expect(wire.link.of('heartbeat')).toHaveLength(2);
  });

  it('that do not come for three intervals end the link; any frame counts as one', () => {
    const { wire, story } = world();
    wire.link.say(helloOk({ heartbeatMs: 100 }));
    vi.advanceTimersByTime(250);
    wire.link.receive(encodeHeartbeat());
    vi.advanceTimersByTime(300);
    expect(story).toEqual(['opened']);
    vi.advanceTimersByTime(50);
    expect(story).toEqual(['opened', 'lost BROKER_UNREACHABLE']);
  });

  it('are not missed by a process that was itself away', () => {
    const { wire, story } = world();
    wire.link.say(helloOk({ heartbeatMs: 100 }));
    // The loop is blocked: the clock moves, no timer runs, and then one does before anything is read.
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
    vi.advanceTimersByTime(50);
    expect(story).toEqual(['opened']);
  });
});

describe('a wait', () => {
  it('is never longer than its bound nor shorter than chance allows', () => {
    const options = { initialMs: 100, maxMs: 5_000, jitter: 0.5 };
    expect(backoffMs(options, 0, 0)).toBe(100);
    expect(backoffMs(options, 3, 1)).toBe(400);
    expect(backoffMs(options, 1_000_000, 0)).toBe(5_000);
  });
});

describe('an error word', () => {
  it('becomes an error with its code, its detail once, and its retry time', () => {
    const word = errorWord('BUSY', { detail: 'queue is full', retryAfterMs: 20 });
    const decoded = decodeBrokerPacket(new Uint8Array([0xab, 0x54, 2, 7, 0, 0, 0, 0, ...encodeBrokerWord(word)]));
    expect(decoded.type).toBe('control');
    expect(errorOf(word)).toMatchObject({ code: 'BUSY', detail: 'queue is full', retryAfterMs: 20, retryable: true });
    expect(errorOf(errorWord('BUSY')).retryAfterMs).toBeUndefined();
  });
});
