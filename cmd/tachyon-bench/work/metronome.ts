// Beats when messages of an open loop become due. A timer of the event loop comes up to two milliseconds late, which
// every message would be charged for; this is a thread that sleeps until the moment, a tenth of a millisecond late, for
// about one percent of a core at a thousand beats a second. A beat that the event loop has not heard yet is not
// followed by another, so they never pile up.
//
// The file is both sides: the thread runs it with `workerData`.

import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { machineMs } from '../measure/clock.ts';
import { OpenLoop } from '../measure/open-loop.ts';

interface Score {
  readonly type: 'metronome';
  readonly perSecond: number;
  readonly startMs: number;
  /** First: 1 while a beat is on its way. Second: nobody changes it; slept on. */
  readonly shared: Int32Array;
}

const UNDER_WAY = 0;
const SLEPT_ON = 1;

export class Metronome {
  readonly #thread: Worker;

  constructor(perSecond: number, startMs: number, beat: () => void) {
    const shared = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
    const score: Score = { type: 'metronome', perSecond, startMs, shared };
    // No arguments of the process: a profile would be written twice.
    this.#thread = new Worker(import.meta.filename, { workerData: score, execArgv: [] });
    this.#thread.on('message', () => {
      Atomics.store(shared, UNDER_WAY, 0);
      beat();
    });
  }

  async stop(): Promise<void> {
    await this.#thread.terminate();
  }
}

function isScore(data: unknown): data is Score {
  return typeof data === 'object' && data !== null && (data as { type?: unknown }).type === 'metronome';
}

function play({ perSecond, startMs, shared }: Score): void {
  const loop = new OpenLoop(perSecond, startMs);
  for (;;) {
    const nowMs = machineMs();
    Atomics.wait(shared, SLEPT_ON, 0, loop.waitMs(loop.dueBy(nowMs), nowMs));
    if (Atomics.exchange(shared, UNDER_WAY, 1) === 0) parentPort?.postMessage(null);
  }
}

if (!isMainThread && isScore(workerData)) play(workerData);
