// `tachyon top`: the queues as they are, again and again. On a terminal it draws over itself until Ctrl-C or q; anywhere
// else it is one frame, so that it can be piped and put into a report.

import { Command } from 'commander';
import type { AdminClient } from '../../../pkg/client/admin.ts';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { isObject, type JsonObject } from '../../../pkg/protocol/json.ts';
import { pagesOf, withAdmin } from '../admin.ts';
import { UsageError } from '../output/failure.ts';
import { printDocument } from '../output/format.ts';
import { palette } from '../output/palette.ts';
import { print } from '../output/print.ts';
import { frameOf, type Look } from '../output/top-frame.ts';
import { type BrokerOptions, dataDirOption, limitOption, type OutputOptions, outputOption, whole } from './options.ts';

interface Options extends BrokerOptions, OutputOptions {
  readonly interval: number;
  readonly limit?: number;
}

const INTERVAL_MIN_MS = 100;
const ROWS_DEFAULT = 40;
/** The head, the titles and the line of what is left out. */
const OTHER_LINES = 6;
const CLEAR = '\u001b[H\u001b[J';
const [HIDE_CURSOR, SHOW_CURSOR] = ['\u001b[?25l', '\u001b[?25h'];

export const topCommand = (): Command =>
  new Command('top')
    .description('Shows queues, the deepest first, with depths and rates, until Ctrl-C or q.')
    .option('--interval <ms>', 'Between two looks.', whole, 2_000)
    .addOption(limitOption())
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (options: Options) => {
      const { interval, output, limit } = options;
      if (interval < INTERVAL_MIN_MS) throw new UsageError(`--interval must be at least ${INTERVAL_MIN_MS}`);
      await withAdmin(options, async (admin) => {
        if (output !== 'table') return printDocument(await lookAt(admin), output);
        if (process.stdout.isTTY) return watch(admin, interval, limit);
        await print(frameOf(await lookAt(admin), null, { rowsMax: limit ?? ROWS_DEFAULT, bold: (text) => text }));
      });
    });

async function lookAt(admin: AdminClient): Promise<Look> {
  const status = await admin.request('status');
  const queues: JsonObject[] = [];
  for await (const queue of pagesOf(admin, 'queues.list')) queues.push(queue);
  return { atMs: Date.now(), status: isObject(status) ? status : {}, queues };
}

async function watch(admin: AdminClient, intervalMs: number, limit: number | undefined): Promise<void> {
  const { signal, release } = untilAsked();
  let before: Look | null = null;
  try {
    await print(HIDE_CURSOR);
    while (!signal.aborted) {
      const rowsMax = limit ?? Math.max(1, process.stdout.rows - OTHER_LINES);
      try {
        const now = await lookAt(admin);
        await print(`${CLEAR}${frameOf(now, before, { rowsMax, bold: palette().bold })}`);
        before = now;
      } catch (error) {
        // It may be starting again: the next look tells.
        if (!(error instanceof TachyonError)) throw error;
        await print(`${CLEAR}${error.code}: the broker does not answer; looking again\n`);
      }
      await pause(intervalMs, signal);
    }
  } finally {
    release();
    await print(SHOW_CURSOR);
  }
}

/** Ctrl-C, SIGTERM or q; a terminal in raw mode gives Ctrl-C as a character. */
function untilAsked(): { readonly signal: AbortSignal; readonly release: () => void } {
  const asked = new AbortController();
  const stop = (): void => asked.abort();
  const key = (text: Buffer): void => {
    if (['q', 'Q', '\u0003'].includes(text.toString())) stop();
  };
  const { stdin } = process;
  process.once('SIGINT', stop).once('SIGTERM', stop);
  if (stdin.isTTY) stdin.setRawMode(true).on('data', key);
  return {
    signal: asked.signal,
    release: () => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      if (stdin.isTTY) stdin.off('data', key).setRawMode(false).pause();
    },
  };
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
