// What the run and its working processes say to each other over their channel.

import type { RunSettings } from '../settings.ts';

export interface Job {
  readonly role: 'producer' | 'consumer';
  readonly router: string;
  readonly pub: string;
  readonly settings: RunSettings;
}

export interface ProcessCost {
  readonly cpuSeconds: number;
  readonly rssBytes: number;
}

export interface ProducerResult {
  readonly role: 'producer';
  readonly firstPublishMs: number;
  readonly lastConfirmMs: number;
  readonly confirmed: number;
  /** By error code. */
  readonly refused: Readonly<Record<string, number>>;
  /** What the confirms said, each that occurred. */
  readonly durability: readonly string[];
  readonly confirmCounts: readonly number[];
  readonly confirmMaxMs: number;
  readonly cost: ProcessCost;
}

export interface ConsumerResult {
  readonly role: 'consumer';
  readonly received: number;
  readonly duplicated: number;
  readonly unexpected: number;
  /** When the broker said that the last acknowledgement was durable; in fanout, when the last message came. */
  readonly lastAckMs: number;
  readonly arrivalCounts: readonly number[];
  readonly arrivalMaxMs: number;
  readonly cost: ProcessCost;
}

export type WorkResult = ProducerResult | ConsumerResult;

export type ToWorker =
  | { readonly type: 'job'; readonly job: Job }
  | { readonly type: 'go' }
  /** To the producer: so many messages have arrived. */
  | { readonly type: 'arrived'; readonly count: number }
  /** To the consumer: nothing more will come; tell what you have. */
  | { readonly type: 'finish' };

export type FromWorker =
  | { readonly type: 'hello' }
  | { readonly type: 'ready' }
  | { readonly type: 'arrived'; readonly count: number }
  | { readonly type: 'done'; readonly result: WorkResult }
  | { readonly type: 'failed'; readonly reason: string };

export function tell(word: FromWorker): void {
  // The run may have given up meanwhile; its end is told apart.
  process.send?.(word, undefined, undefined, () => undefined);
}

export function ownCost(since: NodeJS.CpuUsage): ProcessCost {
  const { user, system } = process.cpuUsage(since);
  return { cpuSeconds: (user + system) / 1e6, rssBytes: process.memoryUsage.rss() };
}
