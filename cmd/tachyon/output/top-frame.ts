// One frame of `tachyon top`: a head with the rates of the broker, and its queues, the deepest first. What is told as a
// rate is the difference of two looks; the first has none.

import { isObject, type JsonObject } from '../../../pkg/protocol/json.ts';
import { bytes, cell, cut, duration } from './cell.ts';

export interface Look {
  readonly atMs: number;
  readonly status: JsonObject;
  readonly queues: readonly JsonObject[];
}

export interface FrameOptions {
  /** Queues shown at most. */
  readonly rowsMax: number;
  readonly bold: (text: string) => string;
}

const RATES = ['published', 'delivered', 'acked', 'dead_lettered', 'refused'] as const;
const COLUMNS = [
  'queue',
  'depth',
  'ready',
  'leased',
  'retry',
  'later',
  'dead',
  'consumers',
  'oldest',
  'change/s',
] as const;
const NAME_WIDTH = 28;

const figure = (object: unknown, name: string): number => {
  const value = isObject(object) ? object[name] : undefined;
  return typeof value === 'number' ? value : 0;
};

const depthOf = (queue: JsonObject): number =>
  ['ready', 'leased', 'waiting_retry', 'scheduled'].reduce((sum, name) => sum + figure(queue, name), 0);

/** A queue's name is one of its tenant. */
const nameOf = (queue: JsonObject): string =>
  `${cell(queue['queue'])}${queue['tenant_id'] ? `@${cell(queue['tenant_id'])}` : ''}`;

export function frameOf(now: Look, before: Look | null, { rowsMax, bold }: FrameOptions): string {
  const seconds = before === null ? 0 : (now.atMs - before.atMs) / 1_000;
  const perSecond = (difference: number): string => (seconds <= 0 ? '-' : (difference / seconds).toFixed(0));
  const { status } = now;
  const counters = status['counters'];
  const rates = RATES.map(
    (name) => `${name} ${perSecond(figure(counters, name) - figure(before?.status['counters'], name))}/s`,
  );
  const oldest = status['oldest_unacked_ms'];
  const head = [
    `up ${duration(figure(status, 'uptime_ms'))}   depth ${cell(figure(status, 'depth'))}   ` +
      `dead letters ${cell(figure(status, 'dead_letters'))}   oldest ${typeof oldest === 'number' ? duration(oldest) : '-'}   ` +
      `rss ${bytes(figure(status, 'rss_bytes'))}`,
    `${rates.join('   ')}   sync p99 ${cell(figure(status['journal'], 'sync_p99_ms'), 'sync_p99_ms')}`,
  ];
  const depthBefore = new Map(before?.queues.map((queue) => [nameOf(queue), depthOf(queue)]));
  const sorted = now.queues.toSorted((a, b) => depthOf(b) - depthOf(a) || (nameOf(a) < nameOf(b) ? -1 : 1));
  const rows = sorted.slice(0, rowsMax).map((queue) => {
    const age = queue['oldest_unacked_ms'];
    return [
      cut(nameOf(queue), NAME_WIDTH),
      ...[depthOf(queue), figure(queue, 'ready'), figure(queue, 'leased')].map((n) => cell(n)),
      ...[figure(queue, 'waiting_retry'), figure(queue, 'scheduled')].map((n) => cell(n)),
      ...[figure(queue, 'dead_letters'), figure(queue, 'consumers')].map((n) => cell(n)),
      typeof age === 'number' ? duration(age) : '-',
      perSecond(depthOf(queue) - (depthBefore.get(nameOf(queue)) ?? depthOf(queue))),
    ];
  });
  const [titles = '', ...lines] = aligned([COLUMNS, ...rows]);
  const hidden = sorted.length - rows.length;
  const rest = hidden > 0 ? [`… and ${hidden} more`] : [];
  return `${[...head, '', bold(titles), ...lines, ...rest].join('\n')}\n`;
}

/** Names to the left, figures to the right. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = COLUMNS.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((text, index) => (index === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[index] ?? 0)))
      .join('  '),
  );
}
