// `tachyon why <queue>`: what holds up its messages, and what to do.

import { Command } from 'commander';
import { isObject } from '../../../pkg/protocol/json.ts';
import { withAdmin } from '../admin.ts';
import { whyQueue } from '../doctor/queue.ts';
import { EXIT } from '../exit-codes.ts';
import { printFindings } from '../output/findings.ts';
import { addLookOptions, type LookOptions } from './options.ts';

export const whyCommand = (): Command =>
  addLookOptions(
    new Command('why')
      .description('Tells why a queue does not move, or that it does; ends with 1 if something is broken.')
      .argument('<queue>'),
  ).action(async (queue: string, options: LookOptions) => {
    const facts = await withAdmin(options, async (admin) => ({
      queue: objectOf(await admin.request('queues.show', { queue, tenant_id: options.tenant })),
      status: objectOf(await admin.request('status')),
      why: objectOf(await admin.request('queues.why', { queue, tenant_id: options.tenant })),
    }));
    const findings = whyQueue(facts);
    await printFindings(findings, options.output);
    if (findings.some(({ state }) => state === 'fail')) process.exitCode = EXIT.failed;
  });

const objectOf = (value: unknown) => (isObject(value) ? value : {});
