// All figures of a timed run for people. The first lines have the names of the earlier bench.

import type { ByProcess, RunFigures } from '../judge.ts';
import type { Latency } from '../measure/latency.ts';
import { machineLine } from '../report.ts';
import { workloadOf } from '../settings.ts';
import { columns } from './columns.ts';
import { durationText, overAll } from './csv.ts';

const mib = (bytes: number | null): string => (bytes === null ? '?' : `${Math.round(bytes / 1024 ** 2)}`);
const fixed = (value: number | null, digits: number): string => (value === null ? '?' : value.toFixed(digits));

export function asDetails(figures: RunFigures): string {
  const parts = [
    earlierLines(figures),
    latencies(figures),
    processes(figures),
    broker(figures),
    figures.faults.map((fault) => `FAILED: ${fault}\n`).join(''),
    `Measured on ${machineLine(figures)}.\n`,
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function earlierLines(figures: RunFigures): string {
  const { mode, payloadSize, compress, producers, subscribers, topics, rate, window, batch, durationMs } = workloadOf(
    figures.settings,
  );
  const errors = Object.values(figures.refused).reduce((sum, count) => sum + count, 0);
  const { p50Ms, p95Ms, p99Ms } = figures.latency.consumer;
  const memory = (figures.rssBytes.brokerPeak ?? 0) + figures.rssBytes.producerPeak + figures.rssBytes.consumerPeak;
  const packed = compress ? ` compressed_to=${Math.round(figures.packedShare * 100)}%` : '';
  return [
    `mode=${mode} payload=${payloadSize} B compress=${compress}${packed} durability=${figures.durability} transport=${figures.transport}`,
    `duration=${durationMs / 1e3}s connections=${producers} fanout_subs=${subscribers} topics=${topics} window=${window} batch=${batch} rate=${rate === 0 ? 'max' : rate}`,
    `sent=${figures.published} recv=${figures.received} errors=${errors} missing=${figures.missing} duplicated=${figures.duplicated}`,
    `throughput_msgs_sec=${figures.messagesPerSecond} throughput_mb_sec=${figures.megabytesPerSecond} confirmed_msgs_sec=${figures.confirmedPerSecond}`,
    `latency_p50=${durationText(p50Ms)} latency_p95=${durationText(p95Ms)} latency_p99=${durationText(p99Ms)}`,
    `cpu_percent=${figures.cpuPercent.toFixed(2)} memory_rss=${mib(memory)} MiB allocs_per_op=${overAll(figures.heapBytesPerMessage).toFixed(1)} B of heap`,
    '',
  ].join('\n');
}

function latencies({ latency, publishedLate, leftOut }: RunFigures): string {
  const row = (name: string, { p50Ms, p90Ms, p95Ms, p99Ms, p999Ms, p9999Ms, maxMs }: Latency): string[] => [
    name,
    ...[p50Ms, p90Ms, p95Ms, p99Ms, p999Ms, p9999Ms, maxMs].map((ms) => ms.toFixed(ms < 10 ? 3 : 1)),
  ];
  const head = ['latency in ms', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'p99.99', 'max'];
  const rows = [row('publish to confirm', latency.confirm), row('publish to consumer', latency.consumer)];
  const late =
    publishedLate === null
      ? ''
      : `Counted from when a message was due. Published late: p50 ${publishedLate.p50Ms.toFixed(3)}, p99 ${publishedLate.p99Ms.toFixed(3)} ms.\n`;
  const out =
    leftOut === 0 ? '' : `${leftOut} messages were due and found no room until the end: the rate is too high.\n`;
  return `${columns(head, rows)}\n${late}${out}`;
}

function processes({ cpuMicrosPerMessage, cpuSeconds, gc, heapBytesPerMessage, rssBytes }: RunFigures): string {
  const head = ['process', 'CPU s', 'CPU µs per message', 'heap B per message', 'longest GC ms', 'GC ms', 'peak MiB'];
  const peaks: ByProcess<number> = {
    broker: rssBytes.brokerPeak,
    producer: rssBytes.producerPeak,
    consumer: rssBytes.consumerPeak,
  };
  const rows = (['broker', 'producer', 'consumer'] as const).map((name) => [
    name,
    fixed(cpuSeconds[name], 2),
    fixed(cpuMicrosPerMessage[name], 2),
    fixed(heapBytesPerMessage[name], 0),
    fixed(gc[name]?.longestPauseMs ?? null, 1),
    fixed(gc[name]?.pausesMs ?? null, 0),
    mib(peaks[name]),
  ]);
  return `${columns(head, rows)}\n`;
}

function broker({ syncsPerSecond, messagesPerSync, syncP50Ms, syncP99Ms, device, eventLoopP99Ms }: RunFigures): string {
  const lines: string[] = [];
  if (syncsPerSecond !== null) {
    lines.push(
      `syncs: ${syncsPerSecond}/s, ${messagesPerSync ?? 0} messages each, p50 ${fixed(syncP50Ms, 2)} ms, p99 ${fixed(syncP99Ms, 2)} ms; event loop p99 ${fixed(eventLoopP99Ms, 1)} ms`,
    );
  }
  if (device !== null) {
    lines.push(
      `device: ${megabytes(device.bytesPerSecond)} MB/s in synced blocks of ${device.blockBytes} B (${device.syncsPerSecond} fdatasync/s, p50 ${device.syncP50Ms.toFixed(3)} ms); the journal wrote ${megabytes(device.journalBytesPerSecond)} MB/s, ${Math.round(device.share * 100)} % of it`,
    );
  }
  return lines.map((line) => `${line}\n`).join('');
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
