// The broker's core without a socket: desks, turns, rules and the journal in one process, fed with the packets of one
// producer and one consumer. Tells the CPU that a message costs there, of 100 B, acknowledged. What the disk costs
// depends on the folder: on a RAM disk a sync is nearly free, and what is left is the code.
//
//   npx tsx scripts/bench/core.ts [messages] [rounds] [folder]

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cronCalendar } from '../../internal/app/cron-calendar.ts';
import { Engine } from '../../internal/app/engine.ts';
import { systemChance, systemClock, systemSoon, systemTimers } from '../../internal/app/node-world.ts';
import type { Frames, SendResult, Transport, TransportHandlers } from '../../internal/delivery/transport.ts';
import { asPeerId, type PeerId } from '../../internal/domain/ids.ts';
import { NO_QUOTAS, type Quotas } from '../../internal/domain/quotas.ts';
import { MemoryCheckpointStore } from '../../internal/repository/checkpoint/memory-checkpoint-store.ts';
import { NodeDisk } from '../../internal/repository/disk/node-disk.ts';
import { openJournal } from '../../internal/repository/journal/open-journal.ts';
import { MemoryAuditStore } from '../../internal/repository/memory/memory-audit-store.ts';
import { RadixRouteIndex } from '../../internal/repository/routes/radix-route-index.ts';
import { PLAIN_SETTINGS } from '../../internal/testing/fixtures/an-engine.ts';
import {
  CONTROL_TOPIC,
  decodeBrokerPacket,
  decodeBrokerWord,
  encodeAck,
  encodeBlock,
  encodeClientWord,
  encodeControlPacket,
  encodePublish,
  encodeText,
} from '../../pkg/protocol/index.ts';

const PRODUCER = asPeerId(1);
const CONSUMER = asPeerId(2);
const BODY = Buffer.alloc(100, 'x');
/** Messages of one publish packet, and publishes under way. */
const PACKET = 256;
const WINDOW = 8_192;
const ACKS = 256;

class Loopback implements Transport {
  readonly capabilities = { peerEvents: false, peerPause: false, peerIdentity: false };
  readonly address = 'memory://core';
  handlers: TransportHandlers | null = null;
  take: (peer: PeerId, frames: Frames) => void = () => undefined;

  async listen(handlers: TransportHandlers): Promise<void> {
    this.handlers = handlers;
  }

  send(peer: PeerId, frames: Frames): SendResult {
    this.take(peer, frames);
    return 'accepted';
  }

  drop(): void {}

  async close(): Promise<void> {}
}

export interface CoreFigures {
  readonly messages: number;
  /** Of this thread: user and system, microseconds for each message. */
  readonly cpuUs: number;
  readonly turns: number;
}

export async function benchCore(messages: number, folder: string, quotas: Quotas = NO_QUOTAS): Promise<CoreFigures> {
  const data = mkdtempSync(join(folder, 'tachyon-core-'));
  const disk = new NodeDisk(data);
  const loop = new Loopback();
  const engine = new Engine({
    world: {
      clock: systemClock,
      timers: systemTimers,
      soon: systemSoon,
      calendar: cronCalendar(),
      chance: systemChance,
      hash: (text) => createHash('sha256').update(text).digest('hex'),
      observe: () => undefined,
      openJournal: () =>
        openJournal({
          disk,
          folder: data,
          timers: systemTimers,
          salt: () => 7,
          segmentBytes: 64 * 1024 * 1024,
          tailCacheBytes: 32 * 1024 * 1024,
          diskBytesMax: 0,
          retryMs: 1_000,
        }),
      checkpoints: new MemoryCheckpointStore(),
      audit: new MemoryAuditStore(),
      router: loop,
      pub: null,
      admin: null,
      decompressBE: () => null as never,
      decompress: () => null,
      fail: (error) => {
        throw error;
      },
    },
    routeIndex: new RadixRouteIndex(),
    settings: {
      ...PLAIN_SETTINGS,
      checkpointBytes: 64 * 1024 * 1024,
      limits: { ...PLAIN_SETTINGS.limits, quotas },
    },
    about: () => ({ version: 'bench' }),
    importFile: () => {
      throw new Error('nothing is imported here');
    },
  });
  try {
    await engine.start();
    return await measure(loop, messages);
  } finally {
    await engine.stop(0);
    rmSync(data, { recursive: true, force: true });
  }
}

async function measure(loop: Loopback, messages: number): Promise<CoreFigures> {
  const { handlers } = loop;
  if (handlers === null) throw new Error('the engine listens');
  const words: string[] = [];
  let confirmed = 0;
  let toAck: number[] = [];
  let acked = 0;
  loop.take = (peer, frames) => {
    const packet = frames.length === 1 ? decodeBrokerPacket(frames[0]!) : null;
    if (packet === null || packet.type === 'control') {
      const word = decodeBrokerWord(packet === null ? frames.at(-1)! : packet.json);
      if (word.type === 'error') throw new Error(JSON.stringify(word));
      words.push(word.type);
      return;
    }
    if (packet.type === 'confirm') {
      const [refused] = packet.exceptions;
      if (refused?.duplicate === false) words.push(`${refused.code}: ${refused.detail}`);
      confirmed = packet.through;
    }
    if (packet.type === 'deliver') for (let i = 0; i < packet.count; i += 1) toAck.push(packet.firstDelivery + i);
    void peer;
  };
  const arrive = (peer: PeerId, ...frames: Uint8Array[]): void => handlers.onBatch(peer, [frames]);
  const until = async (what: string): Promise<void> => {
    while (!words.includes(what)) await new Promise((resolve) => setImmediate(resolve));
  };
  const hello = {
    type: 'hello',
    versions: [2],
    bodyForm: 'raw',
    confirm: null,
    capabilities: [],
    tenantId: '',
    client: 'bench',
  } as const;
  arrive(CONSUMER, Buffer.alloc(0), encodeText(CONTROL_TOPIC), encodeClientWord({ ...hello, producer: null }));
  handlers.onIdle();
  await until('hello.ok');
  arrive(
    CONSUMER,
    encodeControlPacket(
      encodeClientWord({
        type: 'consumer.register',
        tenantId: '',
        consumerId: 'bench',
        mode: 'direct',
        subscriptions: ['bench.>'],
        queue: 'bench',
        form: null,
        window: { messages: 1_024, bytes: 16 * 1024 * 1024 },
        capabilities: {
          supportsAck: true,
          supportsCompression: [],
          supportsCodec: [],
          maxInflight: 0,
          resumable: false,
        },
        sessionToken: null,
      }),
    ),
  );
  handlers.onIdle();
  await until('consumer.registered');
  words.length = 0;
  arrive(PRODUCER, Buffer.alloc(0), encodeText(CONTROL_TOPIC), encodeClientWord({ ...hello, producer: 'new' }));
  handlers.onIdle();
  await until('hello.ok');
  words.length = 0;
  const block = encodeBlock({ topic: 'bench.0', body: BODY });
  const blocks = Buffer.concat(Array.from({ length: PACKET }, () => block));
  let next = 1;
  let turns = 0;
  const before = process.cpuUsage();
  while (acked < messages || toAck.length > 0) {
    while (next <= messages && next - 1 - confirmed < WINDOW) {
      arrive(PRODUCER, encodePublish(next, PACKET, [blocks]));
      next += PACKET;
    }
    while (toAck.length >= ACKS || (toAck.length > 0 && next > messages)) {
      const some = toAck.slice(0, ACKS);
      toAck = toAck.slice(ACKS);
      acked += some.length;
      arrive(CONSUMER, encodeAck(some));
    }
    turns += 1;
    handlers.onIdle();
    await new Promise((resolve) => setImmediate(resolve));
    if (words.length > 0) throw new Error(`the broker said ${words[0]}`);
  }
  const { user, system } = process.cpuUsage(before);
  return { messages: acked, cpuUs: (user + system) / acked, turns };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [messages = '256000', rounds = '5', folder = tmpdir()] = process.argv.slice(2);
  const all: number[] = [];
  for (let round = 0; round < Number(rounds); round += 1) {
    const { cpuUs } = await benchCore(Math.ceil(Number(messages) / PACKET) * PACKET, folder);
    all.push(cpuUs);
    console.log(`${cpuUs.toFixed(2)} µs of CPU for each message`);
  }
  console.log(
    `least ${Math.min(...all).toFixed(2)}, median ${all.toSorted((a, b) => a - b)[all.length >> 1]?.toFixed(2)}`,
  );
}
