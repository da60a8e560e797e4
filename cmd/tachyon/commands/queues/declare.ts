// `tachyon queues declare <queue>`: makes it, or leaves it as it is if it has the policy that is stated.

import { Command } from 'commander';
import { ask } from '../../admin.ts';
import { printFields } from '../../output/fields.ts';
import { addChangeOptions, type ChangeOptions, fraction, repeated, whole } from '../options.ts';

const text = (value: string): string => value;

/** Flags of the policy, and the field of the word that each gives. */
const POLICY = [
  ['--lease-ms <ms>', 'lease_ms', 'Time that a consumer has for a message.', whole],
  ['--attempts-max <count>', 'attempts_max', 'Failures after which a message is dead-lettered.', whole],
  ['--returns-max <count>', 'returns_max', 'Returns without a failure after which it is.', whole],
  ['--backoff-initial-ms <ms>', 'backoff_initial_ms', 'Delay before the second attempt.', whole],
  ['--backoff-max-ms <ms>', 'backoff_max_ms', 'Longest delay.', whole],
  ['--backoff-factor <number>', 'backoff_factor', 'What each delay is multiplied by.', fraction],
  ['--backoff-jitter <share>', 'backoff_jitter', 'Share of a delay that chance may take away.', fraction],
  ['--expired <what>', 'expired', 'What becomes of a message whose time is over: drop (default) or dead-letter.', text],
  ['--order <mode>', 'order', 'Messages of one partition key one after the other: key (default) or none.', text],
  [
    '--poisoned <what>',
    'poisoned',
    'What a key does whose message failed too often: park (default) or dead-letter.',
    text,
  ],
] as const;

interface Options extends ChangeOptions {
  readonly bind: readonly string[];
}

export const declareCommand = (): Command => {
  const command = new Command('declare')
    .description('Makes a queue, and binds patterns to it. A queue that is there stays as it is.')
    .argument('<queue>')
    .option(
      '--bind <pattern>',
      'A pattern whose messages go to the queue, such as orders.>; may be given again.',
      repeated,
      [],
    );
  for (const [flags, , told, read] of POLICY) command.option<unknown>(flags, told, read);
  return addChangeOptions(command).action(async (queue: string, options: Options) => {
    const given = command.opts<Record<string, unknown>>();
    const policy = POLICY.flatMap(([, field]) => {
      const value = given[field.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())];
      return value === undefined ? [] : [[field, value] as const];
    });
    const { tenant, actor, reason, bind } = options;
    const args = { queue, tenant_id: tenant, patterns: bind, actor, reason, ...Object.fromEntries(policy) };
    await printFields(await ask(options, 'queues.declare', args), options.output);
  });
};
