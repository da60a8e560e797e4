// The demo's last word: what happened to every message, and the verdict.

import Table from 'cli-table3';
import { palette } from '../../cmd/tachyon/output/palette.ts';
import { type Books, QUEUES } from './books.ts';

const pc = palette();
const count = (value: number): string => value.toLocaleString('en-US');

export interface Verdict {
  readonly text: string;
  readonly lost: number;
}

/** `seconds`: from the first publish until both queues were empty, the outages included. */
export function summarize(books: Books, seconds: number): Verdict {
  const figures = QUEUES.map((queue) => books.figures(queue));
  const lost = figures.reduce((sum, one) => sum + one.lost, 0);
  const table = new Table({
    head: [
      'queue',
      'published',
      'confirmed',
      'delivered',
      'acked',
      'retried',
      'dead-lettered',
      'lost',
      'duplicates',
      'msg/s',
    ],
    colAligns: ['left', ...new Array<'right'>(9).fill('right')],
    style: { head: [], border: [], compact: true },
  });
  for (const one of figures) {
    table.push([
      one.queue,
      count(books.published),
      count(books.confirmed),
      count(one.delivered),
      count(one.acked),
      count(one.retried),
      count(one.deadLettered),
      one.lost === 0 ? pc.green('0') : pc.red(count(one.lost)),
      count(one.duplicates),
      count(Math.round(one.acked / seconds)),
    ]);
  }
  const verdict =
    lost === 0
      ? pc.green(
          `Nothing that was confirmed is lost, after one broker and one worker were killed (${seconds.toFixed(1)} s).`,
        )
      : pc.red(`${count(lost)} confirmed messages are LOST.`);
  const refused =
    books.refused === 0
      ? ''
      : `${count(books.refused)} publishes were refused by the broker: nothing is owed for them.\n`;
  return { lost, text: `${table.toString()}\n${refused}${verdict}\n` };
}
