// `tachyon consumers drain <consumer>`: it is given nothing new. With --wait it ends when the consumer holds nothing.

import { setTimeout as after } from 'node:timers/promises';
import { Command } from 'commander';
import { TachyonError } from '../../../../pkg/protocol/errors.ts';
import { isObject } from '../../../../pkg/protocol/json.ts';
import { ask } from '../../admin.ts';
import { cell } from '../../output/cell.ts';
import { printFields } from '../../output/fields.ts';
import { addChangeOptions, type ChangeOptions, whole } from '../options.ts';

interface DrainOptions extends ChangeOptions {
  readonly wait: boolean;
  readonly timeout: number;
}

const LOOK_MS = 250;

export const drainCommand = (): Command =>
  addChangeOptions(
    new Command('drain')
      .description('Hands it nothing new, over reconnects and restarts, so that it ends up holding nothing.')
      .argument('<consumer>')
      .option('--wait', 'End when it holds nothing any more.', false)
      .option('--timeout <seconds>', 'How long --wait waits at most.', whole, 3_600),
  ).action(async (consumer: string, options: DrainOptions) => {
    const { tenant, actor, reason, output } = options;
    const args = { consumer_id: consumer, tenant_id: tenant };
    const answer = await ask(options, 'consumers.drain', { ...args, actor, reason });
    await printFields(options.wait ? await emptied(args, options) : answer, output);
  });

/** Throws where it is handed messages again, as it need never hold nothing then. */
async function emptied(args: { readonly consumer_id: string }, options: DrainOptions): Promise<unknown> {
  const endMs = performance.now() + options.timeout * 1_000;
  for (;;) {
    const shown = await ask(options, 'consumers.show', args);
    const { inflight, steering } = isObject(shown) ? shown : {};
    if (inflight === 0) return shown;
    const left = `"${args.consumer_id}" holds ${cell(inflight)} messages`;
    if (steering === 'running') throw new TachyonError('NOT_DRAINING', `${left}: it was resumed meanwhile`);
    if (performance.now() >= endMs) throw new TachyonError('TIMEOUT', `${left}; it goes on draining`);
    await after(LOOK_MS);
  }
}
