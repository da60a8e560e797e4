// One round of one lane: a new server on a new folder, a producing and a consuming process, a warm-up that is not
// counted, and the measured phase.

import { join } from 'node:path';
import { failedRound, judgeRound, type Round } from './judge-round.ts';
import type { Lane } from './lanes.ts';
import { makeFolder } from './servers/own-folder.ts';
import type { RunningServer } from './servers/server.ts';
import type { PeersSettings } from './settings.ts';
import type { ConsumerResult, Job, ProducerResult, Way } from './work/words.ts';
import { PeersWorker } from './worker.ts';

interface Phase {
  readonly producer: ProducerResult;
  readonly consumer: ConsumerResult;
}

/** Never rejects: a round that failed is one that says why. */
export async function runRound(lane: Lane, way: Way, settings: PeersSettings): Promise<Round> {
  const folder = makeFolder(settings.parentFolder);
  try {
    const server = await lane.start(folder.path, profiling(settings, lane, way, 'broker'));
    try {
      return await measure(lane, way, settings, server, folder.path);
    } finally {
      await server.end();
    }
  } catch (error) {
    return failedRound(settings.messages, error instanceof Error ? error.message : String(error));
  } finally {
    folder.remove();
  }
}

async function measure(
  lane: Lane,
  way: Way,
  settings: PeersSettings,
  server: RunningServer,
  folder: string,
): Promise<Round> {
  const { messages, warmUp, payloadSize, window, patienceMs } = settings;
  const job: Omit<Job, 'role'> = {
    driver: lane.driver,
    way,
    target: server.target,
    payloadSize,
    window,
    subscribers: lane.subscribers,
    total: warmUp + messages,
    feedback: lane.subscribers > 0 ? join(folder, 'arrived.sock') : null,
    patienceMs,
  };
  const producer = new PeersWorker('producer', profiling(settings, lane, way, 'producer'));
  const consumer = new PeersWorker('consumer', profiling(settings, lane, way, 'consumer'));
  try {
    // The consumer first: it declares the queue, and nothing waits for its first reader.
    await consumer.open(job);
    await producer.open(job);
    if (warmUp > 0) {
      const { faults } = judged(await phase(producer, consumer, 0, warmUp), warmUp);
      if (faults.length > 0) return failedRound(messages, `the warm-up: ${faults.join('; ')}`);
    }
    const before = server.cpuSeconds();
    const measured = await phase(producer, consumer, warmUp, warmUp + messages);
    const after = server.cpuSeconds();
    return judged(measured, messages, before === null || after === null ? null : after - before);
  } finally {
    await Promise.all([producer.end(), consumer.end()]);
  }

  function judged(parts: Phase, count: number, serverCpuSeconds: number | null = null): Round {
    return judgeRound({ ...parts, messages: count, subscribers: lane.subscribers, serverCpuSeconds });
  }
}

/** Both ends of a phase give up by themselves when they stand still. */
async function phase(producer: PeersWorker, consumer: PeersWorker, from: number, end: number): Promise<Phase> {
  const received = consumer.run(from, end);
  received.catch(() => undefined); // waited for below
  const published = await Promise.race([producer.run(from, end), consumer.failed]);
  const arrived = await Promise.race([received, producer.failed]);
  return { producer: published as ProducerResult, consumer: arrived as ConsumerResult };
}

function profiling({ profile }: PeersSettings, lane: Lane, way: Way, role: string): string[] {
  if (profile === null) return [];
  return ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${lane.id}-${way}-${role}.cpuprofile`];
}
