// What quotas and throttles cost a message that meets none of them: the core without a socket (`core.ts`), in turn with every
// kind of bound set, each far away, and with none. The machine's mood is in both.
//
//   npx tsx scripts/bench/quotas.ts [messages] [rounds] [folder]

import { tmpdir } from 'node:os';
import { pathToFileURL } from 'node:url';
import { NO_QUOTAS, type Quotas, UNBOUNDED } from '../../internal/domain/quotas.ts';
import type { ThrottleRule } from '../../internal/domain/throttles.ts';
import { benchCore } from './core.ts';

const FAR = 1_000_000_000;
const rate = { messages: FAR, bytes: FAR * 1_000, burstMs: 1_000 };
const rule = (scope: ThrottleRule['scope'], match: string): ThrottleRule => ({ scope, match, tenant: null, rate });
const far = { ingress: FAR, ingressBytes: FAR * 1_000, queued: FAR, queuedBytes: FAR * 1_000 };

export const EVERY_BOUND: Quotas = {
  all: { ...UNBOUNDED, ...far },
  tenants: new Map([['', { ...UNBOUNDED, ...far, inflight: FAR, inflightBytes: FAR * 1_000 }]]),
  throttles: {
    publish: [rule('topic', 'bench.>'), rule('producer', '*')],
    tenants: new Map([['', rate]]),
    deliver: [rule('consumer', '*')],
  },
};

export interface QuotaFigures {
  /** Microseconds of CPU for each message: medians. */
  readonly offUs: number;
  readonly onUs: number;
  /** What is lost with them, as a share. */
  readonly loss: number;
}

export async function benchQuotas(messages: number, rounds: number, folder: string): Promise<QuotaFigures> {
  const off: number[] = [];
  const on: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Whoever comes first in a round pays for nothing the other has warmed.
    for (const isOn of round % 2 === 0 ? [false, true] : [true, false]) {
      const { cpuUs } = await benchCore(messages, folder, isOn ? EVERY_BOUND : NO_QUOTAS);
      (isOn ? on : off).push(cpuUs);
    }
  }
  const [offUs, onUs] = [median(off), median(on)];
  return { offUs, onUs, loss: onUs / offUs - 1 };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [messages = '256000', rounds = '7', folder = tmpdir()] = process.argv.slice(2);
  const { offUs, onUs, loss } = await benchQuotas(Number(messages), Number(rounds), folder);
  console.log(
    `off ${offUs.toFixed(2)} µs, on ${onUs.toFixed(2)} µs of CPU for each message: ${(loss * 100).toFixed(1)} %`,
  );
}
