// The client of scripts/bench/sidecar.ts: 100-byte round trips, one every millisecond whether or not the one before is
// back, each measured from when it was due. Run as a process of its own, so that its clock is not held up by what it
// measures.

import { connect } from 'node:net';

const EVERY_MS = 1;
const MESSAGE_BYTES = 100;

export interface PingReport {
  readonly timesMs: readonly number[];
}

export function percentile(timesMs: readonly number[], share: number): number {
  const sorted = [...timesMs].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Records as they are common: LZ4 finds about a third of them again. */
export function largeBody(bytes: number): Uint8Array {
  let state = 1;
  const chance = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  const body = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; ) {
    at += body.write(
      `{"id":${chance()},"customer":"c-${chance() % 977}","total":${chance() % 100_000},"state":"paid"}\n`,
      at,
    );
    if (bytes - at < MESSAGE_BYTES) break;
  }
  return body;
}

function ping(path: string, ready: () => void, end: (report: PingReport) => void): () => void {
  const timesMs: number[] = [];
  const due: number[] = [];
  const socket = connect(path);
  let missing = 0;
  let nextMs = 0;
  let timer: NodeJS.Timeout | undefined;
  socket.on('data', (piece) => {
    const nowMs = performance.now();
    for (missing += piece.length; missing >= MESSAGE_BYTES; missing -= MESSAGE_BYTES)
      timesMs.push(nowMs - (due.shift() ?? nowMs));
  });
  const tick = (): void => {
    for (const nowMs = performance.now(); nextMs <= nowMs; nextMs += EVERY_MS) {
      due.push(nextMs);
      socket.write(Buffer.alloc(MESSAGE_BYTES));
    }
    timer = setTimeout(tick, EVERY_MS);
  };
  socket.once('connect', () => {
    nextMs = performance.now();
    tick();
    ready();
  });
  return () => {
    clearTimeout(timer);
    const last = (): void => {
      if (due.length > 0) return void setTimeout(last, 1);
      socket.destroy();
      end({ timesMs });
    };
    last();
  };
}

const [, , path] = process.argv;
if (process.send !== undefined && path !== undefined) {
  const tell = (message: unknown): void => void process.send?.(message);
  const stop = ping(
    path,
    () => tell('ready'),
    (report) => process.send?.(report, () => process.disconnect()),
  );
  process.once('message', stop);
}
