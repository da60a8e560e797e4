// What a broker holds in memory: idle, with a long queue that nobody takes from, and after a restart with that queue. Also
// what its checkpoints do to the event loop meanwhile, as the longest gap between two answers to a question every 5 ms.
//
//   npx tsx scripts/bench/memory.ts [--messages 10000000] [--size 100] [--idle 30] [--json]

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokerProcess } from '../../cmd/tachyon-bench/processes/broker-process.ts';
import { fillQueue } from './one-broker/fill-queue.ts';
import { countsOf, megabytes, Report } from './one-broker/report.ts';

interface Stage {
  readonly stage: string;
  readonly seconds: number;
  readonly rssBytes: number;
  readonly peakRssBytes: number;
}

const ASK_EVERY_MS = 5;
/** Twice what the journal takes between two checkpoints. */
const OTHER = { queue: 'other', messages: 128, size: 1_000_000 };

const { counts, json } = countsOf({ messages: 10_000_000, size: 100, idle: 30 });
const { messages, size, idle: idleSeconds } = counts;
const report = new Report('memory.ts', json);
const stages: Stage[] = [];

const dataFolder = mkdtempSync(join(tmpdir(), 'tachyon-memory-'));
try {
  const broker = await BrokerProcess.start({ dataFolder });
  await pause(idleSeconds * 1e3);
  note('idle', broker, idleSeconds);
  note('filled', broker, await fillQueue(broker, { queue: 'backlog', messages, size }));
  const longestMs = await longestAnswerMs(broker);
  report.line(`longest answer within a checkpoint: ${longestMs.toFixed(1)} ms`);
  await broker.end('SIGKILL');
  const fromMs = performance.now();
  const again = await BrokerProcess.start({ dataFolder });
  note('ready after SIGKILL', again, (performance.now() - fromMs) / 1e3);
  const missing = messages + OTHER.messages - again.ready.messages;
  if (missing !== 0) throw new Error(`${missing} messages are missing after the restart`);
  await again.end('SIGKILL');
  report.end({ messages, size, stages, longestMs });
} finally {
  rmSync(dataFolder, { recursive: true, force: true });
}

/** A second queue takes enough for a checkpoint, while the broker is asked how it is. */
async function longestAnswerMs(broker: BrokerProcess): Promise<number> {
  const admin = await broker.openAdmin();
  let filling = true;
  const filled = fillQueue(broker, OTHER).finally(() => {
    filling = false;
  });
  let longestMs = 0;
  while (filling) {
    const askedMs = performance.now();
    await admin.request('status', {});
    longestMs = Math.max(longestMs, performance.now() - askedMs);
    await pause(ASK_EVERY_MS);
  }
  await filled;
  await admin.close();
  return longestMs;
}

function note(stage: string, broker: BrokerProcess, seconds: number): void {
  const usage = broker.usage();
  if (usage === null) throw new Error('the memory of a process can be read on Linux only');
  const { rssBytes, peakRssBytes } = usage;
  stages.push({ stage, seconds, rssBytes, peakRssBytes });
  report.line(`${stage}: ${seconds.toFixed(2)} s, rss ${megabytes(rssBytes)}, peak ${megabytes(peakRssBytes)}`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
