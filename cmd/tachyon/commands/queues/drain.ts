// `tachyon queues drain <queue>`: nothing new comes in, what is there goes out. With --wait it ends when the queue is empty.

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
      .description('Takes nothing new from now on, also after a restart; what is there is handed over.')
      .argument('<queue>')
      .option('--wait', 'End when nothing is left in it; dead letters may be.', false)
      .option('--timeout <seconds>', 'How long --wait waits at most.', whole, 3_600),
  ).action(async (queue: string, options: DrainOptions) => {
    const { tenant, actor, reason, output } = options;
    const answer = await ask(options, 'queues.drain', { queue, tenant_id: tenant, actor, reason });
    if (options.wait) await emptied(queue, options);
    await printFields(options.wait ? await ask(options, 'queues.show', { queue, tenant_id: tenant }) : answer, output);
  });

async function emptied(queue: string, options: DrainOptions): Promise<void> {
  const endMs = performance.now() + options.timeout * 1_000;
  for (;;) {
    const shown = await ask(options, 'queues.show', { queue, tenant_id: options.tenant });
    const depth = isObject(shown) ? shown['depth'] : null;
    if (depth === 0) return;
    if (performance.now() >= endMs) {
      throw new TachyonError('TIMEOUT', `${cell(depth)} messages are left in "${queue}"; it goes on draining`);
    }
    await after(LOOK_MS);
  }
}
