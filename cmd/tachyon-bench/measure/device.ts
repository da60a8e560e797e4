// What the disk under a folder takes when every block is synced before the next: the bound of anything durable. The file
// is written before it is measured, as the journal's segments are, so a sync writes data and no metadata.

import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Histogram } from './histogram.ts';

export interface DeviceFigures {
  /** Bytes written before each sync. */
  readonly blockBytes: number;
  readonly bytesPerSecond: number;
  readonly syncsPerSecond: number;
  readonly syncP50Ms: number;
  readonly syncP99Ms: number;
}

const FILE_BYTES = 64 * 1024 * 1024;
const BLOCK_BYTES_MIN = 512;
const MEASURE_MS = 1_000;

/** Blocks this process for about a second: nothing else may run meanwhile. */
export function measureDevice(folder: string, blockBytes: number, forMs = MEASURE_MS): DeviceFigures {
  const bytes = Math.min(FILE_BYTES, Math.max(BLOCK_BYTES_MIN, Math.round(blockBytes)));
  const own = mkdtempSync(join(folder, 'device-'));
  const file = openSync(join(own, 'blocks'), 'w');
  try {
    prepare(file);
    return measure(file, Buffer.alloc(bytes, 'block'), forMs);
  } finally {
    closeSync(file);
    rmSync(own, { recursive: true, force: true });
  }
}

function prepare(file: number): void {
  const zeros = Buffer.alloc(1024 * 1024);
  for (let at = 0; at < FILE_BYTES; at += zeros.length) writeSync(file, zeros, 0, zeros.length, at);
  fdatasyncSync(file);
}

function measure(file: number, block: Buffer, forMs: number): DeviceFigures {
  const syncs = new Histogram();
  const startedMs = performance.now();
  let at = 0;
  let endedMs = startedMs;
  while (endedMs - startedMs < forMs) {
    writeSync(file, block, 0, block.length, at);
    at = at + 2 * block.length > FILE_BYTES ? 0 : at + block.length;
    fdatasyncSync(file);
    const nowMs = performance.now();
    syncs.record(nowMs - endedMs);
    endedMs = nowMs;
  }
  const seconds = (endedMs - startedMs) / 1e3;
  const { p50Ms, p99Ms } = syncs.percentiles();
  return {
    blockBytes: block.length,
    bytesPerSecond: Math.round((syncs.total * block.length) / seconds),
    syncsPerSecond: Math.round(syncs.total / seconds),
    syncP50Ms: p50Ms,
    syncP99Ms: p99Ms,
  };
}
