// Figures for people: as a table, or as rows of Markdown for docs/performance.md.

import type { RunFigures } from './judge.ts';
import type { Percentiles } from './measure/histogram.ts';
import { type SeriesFigures, seriesNote } from './series.ts';

const count = (value: number): string => value.toLocaleString('en-US');
const orUnknown = (value: number | null, show: (value: number) => string): string =>
  value === null ? 'not known' : show(value);
const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
const mib = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`;
const seconds = (value: number): string => `${value.toFixed(2)} s`;

const spread = ({ p50Ms, p99Ms, p999Ms, maxMs }: Percentiles): string =>
  `p50 ${ms(p50Ms)}   p99 ${ms(p99Ms)}   p99.9 ${ms(p999Ms)}   max ${ms(maxMs)}`;

const workload = ({ settings }: RunFigures): string =>
  `${settings.mode}, ${count(settings.messages)} messages of ${count(settings.payloadSize)} B, ` +
  `${settings.producers} producer${settings.producers === 1 ? '' : 's'}, ${count(settings.topics)} topic${settings.topics === 1 ? '' : 's'}`;

const told = (figures: SeriesFigures): string => [workload(figures), seriesNote(figures)].filter(Boolean).join(', ');

export const machineLine = ({ machine }: RunFigures): string =>
  `${machine.cores} cores (${machine.cpu}), ${machine.memoryGib} GiB, ${machine.system}, node ${machine.node}, ` +
  `tachyon ${machine.version} at ${machine.commit ?? 'no commit'}, load before ${machine.loadBefore}`;

export function asText(figures: SeriesFigures): string {
  const { cpuSeconds, rssBytes } = figures;
  const rows: readonly (readonly [string, string])[] = [
    ['workload', told(figures)],
    [
      'throughput',
      `${count(figures.messagesPerSecond)} msg/s, ${figures.megabytesPerSecond} MB/s (first publish to last ack, ${seconds(figures.seconds)})`,
    ],
    ['publish to confirm', spread(figures.publishToConfirm)],
    ['publish to consumer', spread(figures.publishToConsumer)],
    [
      'syncs',
      `${orUnknown(figures.syncsPerSecond, (value) => `${count(value)}/s`)}, ${orUnknown(figures.messagesPerSync, count)} messages each, p50 ${orUnknown(figures.syncP50Ms, ms)}, p99 ${orUnknown(figures.syncP99Ms, ms)}`,
    ],
    ['event loop p99', orUnknown(figures.eventLoopP99Ms, ms)],
    [
      'CPU',
      `broker ${orUnknown(cpuSeconds.broker, seconds)}, producer ${seconds(cpuSeconds.producer)}, consumer ${seconds(cpuSeconds.consumer)}`,
    ],
    [
      'memory',
      `broker ${orUnknown(rssBytes.broker, mib)} (peak ${orUnknown(rssBytes.brokerPeak, mib)}), producer ${mib(rssBytes.producer)}, consumer ${mib(rssBytes.consumer)}`,
    ],
    ['durability', `${figures.durability}, over ${figures.transport}`],
    [
      'books',
      `${count(figures.published)} published, ${count(figures.confirmed)} confirmed, ${count(figures.received)} received, ${count(figures.missing)} missing, ${count(figures.duplicated)} duplicated`,
    ],
    ['machine', machineLine(figures)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  return [...lines, ...figures.faults.map((fault) => `FAILED: ${fault}`), ''].join('\n');
}

export const MARKDOWN_HEAD =
  '| workload | msg/s | publish to confirm p50 / p99 / p99.9 | publish to consumer p50 / p99 / p99.9 | syncs/s | messages per sync | CPU s broker / producer / consumer | broker RSS |\n' +
  '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |';

export function asMarkdown(figures: SeriesFigures): string {
  const three = ({ p50Ms, p99Ms, p999Ms }: Percentiles): string => [p50Ms, p99Ms, p999Ms].map(ms).join(' / ');
  const { cpuSeconds } = figures;
  const cells = [
    figures.ok ? told(figures) : `${told(figures)} (FAILED: ${figures.faults.join('; ')})`,
    count(figures.messagesPerSecond),
    three(figures.publishToConfirm),
    three(figures.publishToConsumer),
    orUnknown(figures.syncsPerSecond, count),
    orUnknown(figures.messagesPerSync, count),
    `${orUnknown(cpuSeconds.broker, (value) => value.toFixed(2))} / ${cpuSeconds.producer.toFixed(2)} / ${cpuSeconds.consumer.toFixed(2)}`,
    orUnknown(figures.rssBytes.brokerPeak, mib),
  ];
  return `| ${cells.join(' | ')} |`;
}
