// `tachyon why <queue>`: what holds up its messages, or one of them, and what to do.

import { Command } from 'commander';
import type { AdminClient } from '../../../pkg/client/admin.ts';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { isObject, type JsonObject } from '../../../pkg/protocol/json.ts';
import { PATIENCE_MS, withAdmin } from '../admin.ts';
import type { Finding } from '../doctor/finding.ts';
import { whyMessages, whyQueue } from '../doctor/queue.ts';
import { EXIT } from '../exit-codes.ts';
import { printFindings } from '../output/findings.ts';
import { addLookOptions, type LookOptions } from './options.ts';

export const whyCommand = (): Command =>
  addLookOptions(
    new Command('why')
      .description('Tells why a queue does not move, or that it does; ends with 1 if something is broken.')
      .argument('<queue>')
      .option('--message <id>', 'Why this message of it is not further; `#` and its number for one without an id.'),
  ).action(async (queue: string, options: WhyOptions) => {
    const findings = await withAdmin(options, (admin) =>
      options.message === undefined
        ? ofQueue(admin, queue, options)
        : ofMessage(admin, queue, options.message, options.tenant),
    );
    await printFindings(findings, options.output);
    if (findings.some(({ state }) => state === 'fail')) process.exitCode = EXIT.failed;
  });

interface WhyOptions extends LookOptions {
  readonly message?: string;
}

async function ofQueue(admin: AdminClient, queue: string, { tenant }: LookOptions): Promise<readonly Finding[]> {
  return whyQueue({
    queue: objectOf(await admin.request('queues.show', { queue, tenant_id: tenant })),
    status: objectOf(await admin.request('status')),
    why: objectOf(await admin.request('queues.why', { queue, tenant_id: tenant })),
  });
}

/** All copies in the queue that have the id, page by page. */
async function ofMessage(admin: AdminClient, queue: string, id: string, tenant: string): Promise<readonly Finding[]> {
  const items: JsonObject[] = [];
  let after: unknown = null;
  do {
    const args = { id, queue, tenant_id: tenant, after };
    const page = objectOf(await admin.request('messages.trace', args, { timeoutMs: PATIENCE_MS }));
    if (Array.isArray(page['items'])) items.push(...page['items'].filter(isObject));
    after = page['next'] ?? null;
  } while (after !== null);
  if (items.length > 0) return whyMessages(items);
  throw new TachyonError(
    'MESSAGE_NOT_FOUND',
    `queue "${queue}" has no message "${id}": tachyon trace tells where it went`,
  );
}

const objectOf = (value: unknown) => (isObject(value) ? value : {});
