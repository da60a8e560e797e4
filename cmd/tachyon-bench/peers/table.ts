// The race as one table: each lane both ways, and beside each figure the ratio of Tachyon's figure of the same class.

import { type Entry, LARGE_BYTES, type Limits, type RaceFigures, SMALL_BYTES } from './race.ts';
import type { Way } from './work/words.ts';

const HEAD = [
  'system',
  'version',
  'at the producer’s confirm',
  'own client, /s',
  'Tachyon / it',
  'capacity, /s',
  'Tachyon / it',
] as const;
const NUMBERS_FROM = 3;

const count = (value: number): string => value.toLocaleString('en-US');

/** What was measured, on what, and how: without it the table says nothing. */
function preambleOf({ machine, settings, command }: RaceFigures): string[] {
  const { messages, payloadSize, window, rounds, warmUp } = settings;
  return [
    `${count(messages)} messages of ${count(payloadSize)} B after ${count(warmUp)} to warm up, window ${count(window)}, median of ${rounds} interleaved round${rounds === 1 ? '' : 's'}; deliveries a second in fanout`,
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGib} GiB, ${machine.system}, node ${machine.node}, tachyon ${machine.version} at ${machine.commit ?? 'no commit'}, load before ${machine.loadBefore}`,
    command,
  ];
}

export function rowsOf({ entries, limits }: RaceFigures): string[][] {
  const lanes = [...new Set(entries.map(({ lane }) => lane))];
  const rows = lanes.map((lane) => rowOf(entries, lane));
  return limits === null ? rows : [...rows, ...limitRows(limits)];
}

function rowOf(entries: readonly Entry[], lane: string): string[] {
  const own = entries.filter((entry) => entry.lane === lane);
  const { label, version, durability } = own[0]!;
  return [label, version, durability, ...(['client', 'raw'] as const).flatMap((way) => cellsOf(entries, own, way))];
}

function cellsOf(entries: readonly Entry[], own: readonly Entry[], way: Way): [string, string] {
  const entry = own.find((each) => each.way === way);
  if (entry === undefined) return ['', ''];
  if (entry.perSecond === null) return [noFigure(entry), ''];
  if (entry.isOurs || entry.class === 'limit') return [count(entry.perSecond), ''];
  const ours = entries.find((each) => each.isOurs && each.class === entry.class && each.way === way)?.perSecond;
  return [count(entry.perSecond), ours === null || ours === undefined ? '' : (ours / entry.perSecond).toFixed(2)];
}

function noFigure({ rounds }: Entry): string {
  const failed = rounds.filter(({ faults }) => faults.length > 0);
  return `no figure: ${failed.length} of ${rounds.length} rounds failed (${failed[0]?.faults.join('; ').split('\n')[0]})`;
}

function limitRows({ smallSyncs, largeSyncs, roundTrip }: Limits): string[][] {
  const row = (label: string, value: string): string[] => [label, '', '', '', '', value, ''];
  const [us50, us99] = [roundTrip.p50Ms, roundTrip.p99Ms].map((ms) => (ms * 1e3).toFixed(1));
  const [ms50, ms99] = [smallSyncs.syncP50Ms, smallSyncs.syncP99Ms].map((ms) => ms.toFixed(3));
  return [
    row(`${SMALL_BYTES / 1024} KiB write and fdatasync, p50 / p99`, `${ms50} / ${ms99} ms`),
    row(
      `${LARGE_BYTES / 1024} KiB writes, each with fdatasync`,
      `${count(Math.round(largeSyncs.bytesPerSecond / 1e6))} MB/s`,
    ),
    row('loopback socket, there and back, p50 / p99', `${us50} / ${us99} µs`),
  ];
}

export function asMarkdown(figures: RaceFigures): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const [what, where, command] = preambleOf(figures);
  const rule = HEAD.map((_, at) => (at < NUMBERS_FROM ? '---' : '---:'));
  return [
    line(HEAD),
    line(rule),
    ...rowsOf(figures).map(line),
    '',
    `${what}. Measured on ${where} by \`${command}\`.`,
    ...figures.missing.map(({ label, why }) => `\nNot measured: ${label}; ${why}.`),
    '',
  ].join('\n');
}

export function asText(figures: RaceFigures): string {
  const rows = [[...HEAD], ...rowsOf(figures)];
  const widths = HEAD.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const table = rows.map((row) =>
    row
      .map((cell, at) => (at < NUMBERS_FROM ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd(),
  );
  const missing = figures.missing.map(({ label, why }) => `not measured: ${label}: ${why}`);
  return [...preambleOf(figures), '', ...table, '', ...missing].join('\n').trimEnd().concat('\n');
}
