// What V8 collected and allocated in this process, between two marks.
//
// V8 counts no objects, so "allocations" are bytes: what each collection freed and what the heap grew by. Counted is the
// JavaScript heap; the bytes of buffers lie outside of it.

import v8 from 'node:v8';

export interface GcFigures {
  readonly collections: number;
  readonly longestPauseMs: number;
  readonly pausesMs: number;
  readonly allocatedBytes: number;
}

/** V8 keeps a record for each collection until it is read. */
const READ_EVERY_MS = 1_000;

const heapUsed = (): number => v8.getHeapStatistics().used_heap_size;

export class GcWatch {
  #profiler = new v8.GCProfiler();
  #usedBytes = heapUsed();
  #collections = 0;
  #longestPauseMs = 0;
  #pausesMs = 0;
  #allocatedBytes = 0;
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#profiler.start();
    this.#timer = setInterval(() => this.#read(), READ_EVERY_MS);
    this.#timer.unref();
  }

  /** What happened since the last mark. */
  mark(): GcFigures {
    this.#read();
    const figures = {
      collections: this.#collections,
      longestPauseMs: this.#longestPauseMs,
      pausesMs: this.#pausesMs,
      allocatedBytes: this.#allocatedBytes,
    };
    this.#collections = 0;
    this.#longestPauseMs = 0;
    this.#pausesMs = 0;
    this.#allocatedBytes = 0;
    return figures;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#profiler.stop();
  }

  #read(): void {
    const { statistics } = this.#profiler.stop();
    for (const { cost, beforeGC, afterGC } of statistics) {
      const pauseMs = cost / 1e3;
      this.#collections += 1;
      this.#pausesMs += pauseMs;
      this.#longestPauseMs = Math.max(this.#longestPauseMs, pauseMs);
      this.#grewTo(beforeGC.heapStatistics.usedHeapSize);
      this.#usedBytes = afterGC.heapStatistics.usedHeapSize;
    }
    this.#grewTo(heapUsed());
    this.#profiler = new v8.GCProfiler();
    this.#profiler.start();
  }

  /** Lazy sweeping may make it smaller between two collections: that is nothing allocated. */
  #grewTo(usedBytes: number): void {
    this.#allocatedBytes += Math.max(0, usedBytes - this.#usedBytes);
    this.#usedBytes = usedBytes;
  }
}
