// What the demo and its workers say to each other.

import type { QueueName } from './books.ts';

export interface WorkerJob {
  readonly router: string;
  readonly pub: string;
  readonly queue: QueueName;
  readonly name: string;
  /** Fails now and then, on purpose. */
  readonly clumsy: boolean;
}

/** Ids of messages, by what the worker is about to say of them. */
export interface Report {
  readonly type: 'report';
  readonly worked: readonly string[];
  readonly retryable: readonly string[];
  readonly terminal: readonly string[];
}

export type FromWorker = { readonly type: 'ready' } | Report | { readonly type: 'failed'; readonly reason: string };
