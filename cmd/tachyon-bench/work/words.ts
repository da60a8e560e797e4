// What the run and its working processes say to each other over their channel.

import type { GcFigures } from '../measure/gc-watch.ts';
import type { HistogramData } from '../measure/histogram.ts';
import type { RunSettings } from '../settings.ts';

export interface Job {
  readonly role: 'producer' | 'consumer';
  readonly router: string;
  readonly pub: string;
  readonly settings: RunSettings;
  /** The first producer's number in the stamps: tells the messages of this run from those of another. Default 0. */
  readonly producerBase?: number;
}

/** The machine's clock. Without an end it ends with the last message. */
export interface MeasuredTime {
  readonly startMs: number;
  readonly fromMs: number;
  readonly toMs: number | null;
}

export interface ProcessCost {
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  readonly peakRssBytes: number;
  readonly gc: GcFigures;
  /** What the process published or took meanwhile. */
  readonly messages: number;
  readonly seconds: number;
}

export interface ProducerResult {
  readonly role: 'producer';
  readonly firstPublishMs: number;
  readonly lastConfirmMs: number;
  /** By producer. */
  readonly published: readonly number[];
  /** Over all of them. */
  readonly confirmed: number;
  /** Confirmed within the measured time. */
  readonly confirmedInTime: number;
  /** By error code. */
  readonly refused: Readonly<Record<string, number>>;
  /** What the confirms said, each that occurred. */
  readonly durability: readonly string[];
  readonly confirms: HistogramData;
  /** Of an open loop: how long after it was due a message was published. */
  readonly late: HistogramData;
  /** Of an open loop: messages that were due and never published, as there was no room for them until the end. */
  readonly leftOut: number;
  /** What a body became when it was compressed, as a share of it; 1 without compression. */
  readonly packedShare: number;
  readonly cost: ProcessCost;
}

export interface ConsumerResult {
  readonly role: 'consumer';
  /** Deliveries: in fanout, over all subscribers. */
  readonly received: number;
  readonly receivedInTime: number;
  readonly duplicated: number;
  readonly unexpected: number;
  /** When the broker said that the last acknowledgement was durable; in fanout, when the last message came. */
  readonly lastAckMs: number;
  readonly arrivals: HistogramData;
  readonly cost: ProcessCost;
}

export type WorkResult = ProducerResult | ConsumerResult;

/** How far a worker is: counts since its start, latencies since the last time. */
export interface Progress {
  readonly role: Job['role'];
  readonly published: number;
  readonly confirmed: number;
  readonly received: number;
  readonly latencies: HistogramData;
  readonly rssBytes: number;
}

export type ToWorker =
  | { readonly type: 'job'; readonly job: Job }
  | { readonly type: 'go'; readonly time: MeasuredTime }
  /** To the producer: so many messages have arrived. */
  | { readonly type: 'arrived'; readonly count: number }
  /** To the consumer: so many were accepted, and are to come. */
  | { readonly type: 'expect'; readonly accepted: number }
  /** To the consumer: nothing more will come; tell what you have. */
  | { readonly type: 'finish' };

export type FromWorker =
  | { readonly type: 'hello' }
  | { readonly type: 'ready' }
  | { readonly type: 'arrived'; readonly count: number }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'done'; readonly result: WorkResult }
  | { readonly type: 'failed'; readonly reason: string };

export function tell(word: FromWorker): void {
  // The run may have given up meanwhile; its end is told apart.
  process.send?.(word, undefined, undefined, () => undefined);
}
