// `tachyon queues drain <queue>`: nothing new comes in, what is there goes out. With --wait it ends when the queue is empty.

import { setTimeout as after } from 'node:timers/promises';
import { Command } from 'commander';
import { TachyonError } from '../../../../pkg/protocol/errors.ts';
import { isObject } from '../../../../pkg/protocol/json.ts';
import { shellWord } from '../../../../pkg/protocol/shell-word.ts';
import { ask } from '../../admin.ts';
import { cell } from '../../output/cell.ts';
import { FailureWithNextStep } from '../../output/failure.ts';
import { printFields } from '../../output/fields.ts';
import { tell } from '../../output/print.ts';
import { addChangeOptions, type ChangeOptions, whole } from '../options.ts';

interface DrainOptions extends ChangeOptions {
  readonly wait: boolean;
  readonly timeout: number;
}

const LOOK_MS = 250;
/** A queue that has not become shorter for so long is told to wait for something. */
const STILL_MS = 5_000;

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

/** Says what it waits for. Throws where the queue takes new messages again, as it need never become empty then. */
async function emptied(queue: string, options: DrainOptions): Promise<void> {
  const args = { queue, tenant_id: options.tenant };
  const endMs = performance.now() + options.timeout * 1_000;
  let least = Number.POSITIVE_INFINITY;
  let fellMs = 0;
  let told = '';
  for (;;) {
    const shown = await ask(options, 'queues.show', args);
    const { depth, draining } = isObject(shown) ? shown : {};
    const nowMs = performance.now();
    if (depth === 0) return;
    const left = `${cell(depth)} messages are left in "${queue}"`;
    if (draining !== true) throw notDraining(queue, options, `${left}: it was resumed meanwhile`);
    if (nowMs >= endMs) throw new TachyonError('TIMEOUT', `${left}; it goes on draining`);
    if (Number(depth) < least) {
      least = Number(depth);
      fellMs = nowMs;
      told = '';
    } else if (nowMs - fellMs >= STILL_MS) {
      const why = whyText(await ask(options, 'queues.why', args));
      if (why.reason !== told) tell(`tachyon: ${left}: ${why.text}`);
      told = why.reason;
    }
    await after(LOOK_MS);
  }
}

function notDraining(queue: string, { tenant }: DrainOptions, detail: string): FailureWithNextStep {
  const named = tenant === '' ? shellWord(queue) : `${shellWord(queue)} --tenant ${shellWord(tenant)}`;
  return new FailureWithNextStep(new TachyonError('NOT_DRAINING', detail), `tachyon queues drain ${named} --wait`);
}

/** The scheduler's own answer. */
function whyText(why: unknown): { readonly reason: string; readonly text: string } {
  const { reason, detail, next_step: next } = isObject(why) ? why : {};
  const step = typeof next === 'string' && next !== '' ? `\n  next: ${cell(next)}` : '';
  return { reason: String(reason), text: `${cell(reason)}, ${cell(detail)}${step}` };
}
