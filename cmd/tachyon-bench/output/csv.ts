// The matrix as lines of CSV, with the columns and the writing of the earlier bench, so that scripts that read it go on.

import type { ByProcess, RunFigures } from '../judge.ts';
import { workloadOf } from '../settings.ts';

export const CSV_HEAD =
  'mode,payload_class,compress,recv_msgs,msgs_per_sec,p50,p95,p99,cpu_percent,memory_rss_mb,allocs_per_op';

export function csvRow(payloadClass: string, figures: RunFigures): string {
  const { settings, latency, rssBytes } = figures;
  const { p50Ms, p95Ms, p99Ms } = latency.consumer;
  const memory = (rssBytes.brokerPeak ?? 0) + rssBytes.producerPeak + rssBytes.consumerPeak;
  return [
    settings.mode,
    payloadClass,
    String(workloadOf(settings).compress),
    String(figures.received),
    figures.messagesPerSecond.toFixed(2),
    ...[p50Ms, p95Ms, p99Ms].map(durationText),
    figures.cpuPercent.toFixed(2),
    (memory / 1024 ** 2).toFixed(2),
    overAll(figures.heapBytesPerMessage).toFixed(2),
  ].join(',');
}

/** What is known of it. */
export const overAll = ({ broker, producer, consumer }: ByProcess<number>): number =>
  (broker ?? 0) + producer + consumer;

/** As Go writes durations: `850µs`, `1.329ms`, `2.5s`. */
export function durationText(ms: number): string {
  const us = Math.round(ms * 1e3);
  if (us === 0) return '0s';
  if (us < 1e3) return `${us}µs`;
  if (us < 1e6) return `${us / 1e3}ms`;
  if (us < 6e7) return `${us / 1e6}s`;
  return `${Math.floor(us / 6e7)}m${(us % 6e7) / 1e6}s`;
}
