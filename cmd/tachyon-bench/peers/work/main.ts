// The entry of a working process of a race: takes its job over the channel, runs its phases, and ends with its parent.

import { machineMs } from '../../measure/clock.ts';
import { DeliveryBook } from './delivery-book.ts';
import type { Driver, OpenConsumer } from './driver.ts';
import { FeedbackSender, hearFeedback } from './feedback.ts';
import { loadDriver } from './load-driver.ts';
import { SendWindow } from './send-window.ts';
import { type Job, type ToWorker, tell } from './words.ts';

interface Work {
  /** Runs a phase and tells its result. */
  run(from: number, end: number): Promise<void>;
}

/** Subscribers' progress is told in so many parts of a window. */
const TELLS_PER_WINDOW = 32;

export function runPeersWorker(): void {
  let work: Work | null = null;
  process.on('message', (word: ToWorker) => {
    if (word.type === 'open') {
      open(word.job).then((opened) => {
        work = opened;
        tell({ type: 'ready' });
      }, fail);
    } else work?.run(word.from, word.end).catch(fail);
  });
  process.once('disconnect', () => process.exit(0));
  process.once('uncaughtException', fail);
  tell({ type: 'hello' });
}

async function open(job: Job): Promise<Work> {
  const driver = await loadDriver(job.driver, job.way);
  return job.role === 'producer' ? openProducing(job, driver) : openConsuming(job, driver);
}

async function openProducing(job: Job, driver: Driver): Promise<Work> {
  const window = new SendWindow(job.window);
  await driver.openProducer({ job, window, fail });
  if (job.feedback !== null) {
    await hearFeedback(job.feedback, (arrived) => window.confirm(arrived - window.confirmed));
  }
  return {
    async run(from, end) {
      const cpu = process.cpuUsage();
      const firstPublishMs = machineMs();
      await unlessStill(window.run(from, end), () => window.confirmed, job.patienceMs);
      const lastConfirmMs = machineMs();
      const confirmed = window.confirmed - from;
      const cpuSeconds = secondsSince(cpu);
      tell({ type: 'done', result: { role: 'producer', firstPublishMs, lastConfirmMs, confirmed, cpuSeconds } });
    },
  };
}

async function openConsuming(job: Job, driver: Driver): Promise<Work> {
  const book = new DeliveryBook(Math.max(1, job.subscribers), job.total);
  if (job.feedback !== null) {
    const sender = await FeedbackSender.listen(job.feedback);
    book.progress(Math.max(1, Math.floor(job.window / TELLS_PER_WINDOW)), (arrived) => sender.tell(arrived));
  }
  const consumer: OpenConsumer = await driver.openConsumer({ job, book, fail });
  return {
    async run(from, end) {
      const cpu = process.cpuUsage();
      let isSettled = false;
      const everything = async (): Promise<void> => {
        await book.until(end);
        await consumer.settled();
        isSettled = true;
      };
      await unlessStill(everything(), () => book.received, job.patienceMs);
      const lastAckMs = machineMs();
      const { duplicated, unexpected } = book;
      // The producer may have begun before this process heard of it.
      const received = book.received - from * Math.max(1, job.subscribers);
      const cpuSeconds = secondsSince(cpu);
      const result = { role: 'consumer', received, duplicated, unexpected, isSettled, lastAckMs, cpuSeconds } as const;
      tell({ type: 'done', result });
    },
  };
}

/** Resolves with `work`, or when `progress` has stood still for as long as patience lasts. */
function unlessStill(work: Promise<void>, progress: () => number, patienceMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = progress();
    const timer = setInterval(() => {
      const now = progress();
      if (now === seen) resolve();
      seen = now;
    }, patienceMs);
    work.then(resolve, reject).finally(() => clearInterval(timer));
  });
}

const secondsSince = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
};

const fail = (error: unknown): void => {
  tell({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
};
