// The two transports of the broker without the broker: messages received, messages sent, and a round trip, over TCP and
// over a Unix socket. The client is another process, the same for both: a DEALER of `pkg/zmtp`. Each figure is the median
// of some interleaved rounds.
//
//   npx tsx scripts/bench/transports.ts [messages] [rounds]

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { RouterTransport } from '../../internal/delivery/libzmq/router-transport.ts';
import type { Transport } from '../../internal/delivery/transport.ts';
import { ZmtpRouterTransport } from '../../internal/delivery/zmtp/router-transport.ts';
import type { PeerId } from '../../internal/domain/ids.ts';
import { Dealer } from '../../pkg/zmtp/index.ts';

const BODY = Buffer.alloc(100, 'x');
const ROUND_TRIPS = 5_000;
const LINGER_MS = 1_000;

type Task = 'receive' | 'send' | 'round-trip';

interface Order {
  readonly task: Task;
  readonly address: string;
  readonly messages: number;
}

export interface TransportFigures {
  /** Messages a second; of round trips their median in microseconds. */
  readonly value: number;
  /** CPU of the transport's process, in microseconds for each message. */
  readonly cpuUs: number;
}

/** One task against one transport, which this process holds. */
export async function benchTransport(make: () => Transport, task: Task, messages: number): Promise<TransportFigures> {
  const transport = make();
  let begunMs = 0;
  let cpu = process.cpuUsage();
  let count = 0;
  let blocked: (() => void) | null = null;
  let done: (() => void) | undefined;
  const finished = new Promise<void>((resolve) => {
    done = resolve;
  });
  const begin = (): void => {
    begunMs = performance.now();
    cpu = process.cpuUsage();
  };
  const send = (peer: PeerId): void => {
    for (; count < messages; count += 1) {
      if (transport.send(peer, [BODY]) === 'full') {
        blocked = () => send(peer);
        return;
      }
    }
  };
  await transport.listen({
    onBatch: (peer, batch) => {
      if (count === 0) begin();
      if (task === 'send') return batch[0]?.[0]?.length === 1 ? send(peer) : done?.();
      count += batch.length;
      if (task === 'round-trip') for (const frames of batch) transport.send(peer, frames);
      if (count >= messages) done?.();
    },
    onIdle: () => undefined,
    onPeerGone: () => undefined,
    onDrain: () => blocked?.(),
    onFault: (_peer, fault, detail) => {
      throw new Error(`${fault}: ${detail}`);
    },
  });
  const order: Order = { task, address: transport.address, messages };
  const client = fork(fileURLToPath(import.meta.url), [JSON.stringify(order)], { execArgv: ['--import', 'tsx'] });
  const told = once(client, 'message') as Promise<[number]>;
  await finished;
  const { user, system } = process.cpuUsage(cpu);
  const elapsedMs = performance.now() - begunMs;
  const [medianUs] = await told;
  client.kill();
  await once(client, 'exit');
  await transport.close(LINGER_MS);
  const value = task === 'round-trip' ? medianUs : messages / (elapsedMs / 1_000);
  return { value, cpuUs: (user + system) / messages };
}

/** The other end. */
function runClient({ task, address, messages }: Order): void {
  let count = 0;
  let sentAtMs = 0;
  const times: number[] = [];
  const tell = (medianUs: number): void => void process.send?.(medianUs);
  const ping = (): void => {
    sentAtMs = performance.now();
    dealer.send([BODY]);
  };
  const push = (): void => {
    for (; count < messages; count += 1) if (dealer.send([BODY]) === 'full') return;
    tell(0);
  };
  const dealer: Dealer = new Dealer(
    {
      onConnected: () => {
        if (task === 'receive') push();
        else if (task === 'send') dealer.send([BODY.subarray(0, 1)]);
        else ping();
      },
      onDrain: push,
      onMessages: (_peer, batch) => {
        count += batch.length;
        if (task === 'round-trip') {
          times.push((performance.now() - sentAtMs) * 1_000);
          if (count < messages) return ping();
          tell(times.sort((a, b) => a - b)[times.length >> 1] ?? 0);
        } else if (count >= messages) {
          dealer.send([BODY]);
          tell(0);
        }
      },
    },
    { limits: { queueMessagesMax: 100_000 } },
  );
  dealer.connect(address);
}

async function main(messages: number, rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tachyon-transports-'));
  const kinds = { libzmq: RouterTransport, zmtp: ZmtpRouterTransport };
  const figures = new Map<string, TransportFigures[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, Kind] of Object.entries(kinds)) {
      for (const address of ['tcp://127.0.0.1:*', `ipc://${join(folder, `${name}-${round}`)}`]) {
        for (const task of ['receive', 'send', 'round-trip'] as const) {
          const of = task === 'round-trip' ? ROUND_TRIPS : messages;
          const place = address.startsWith('ipc') ? `${address}-${task}` : address;
          const made = await benchTransport(
            () => new Kind({ address: place, backlogBytesMax: 16 * 1024 * 1024 }),
            task,
            of,
          );
          const key = `${task} ${address.slice(0, 3)} ${name}`;
          figures.set(key, [...(figures.get(key) ?? []), made]);
        }
      }
    }
  }
  rmSync(folder, { recursive: true, force: true });
  for (const [key, all] of figures) {
    const { value, cpuUs } = all.sort((a, b) => a.value - b.value)[all.length >> 1] as TransportFigures;
    const told = key.startsWith('round') ? `${value.toFixed(0)} µs` : `${Math.round(value).toLocaleString('en')} msg/s`;
    console.log(`${key.padEnd(24)} ${told.padStart(20)}   ${cpuUs.toFixed(2)} µs of CPU`);
  }
}

const [first = '400000', second = '3'] = process.argv.slice(2);
if (process.send !== undefined && first.startsWith('{')) runClient(JSON.parse(first) as Order);
else if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(Number(first), Number(second));
