// `tachyon dlq dead-letter`: makes a dead letter by hand, for a message that must be kept apart.

import { Command } from 'commander';
import { ask } from '../../admin.ts';
import { printFields } from '../../output/fields.ts';
import {
  type ActorOptions,
  addActorOptions,
  type BrokerOptions,
  dataDirOption,
  earlierOutputOption,
  type OutputOptions,
  type TenantOptions,
  tenantOption,
} from '../options.ts';

interface Options extends BrokerOptions, OutputOptions, ActorOptions, TenantOptions {
  readonly id: string;
  readonly topic: string;
  readonly consumer: string;
  readonly session: string;
  readonly payload: string;
  readonly priority: string;
  readonly deadLetterReason: string;
}

export const deadLetterCommand = (): Command =>
  addActorOptions(
    new Command('dead-letter')
      .description(
        'Makes a dead letter by hand, in the queue of the consumer that is named, else in one named by its topic.',
      )
      .requiredOption('--id <id>', 'Its message id.')
      .requiredOption('--topic <topic>', 'Its topic.')
      .option('--consumer <id>', 'Whose it was: the queue, which is declared if it is not there.', '')
      .option('--session <id>', 'The session of that consumer, for the record.', '')
      .option('--payload <text>', 'Its body.', '')
      .option('--priority <word>', 'Its priority.', '')
      .option('--dead-letter-reason <text>', 'What it died of.', 'manual_admin_action'),
  )
    .addOption(tenantOption())
    .addOption(earlierOutputOption())
    .addOption(dataDirOption())
    .action(async (options: Options) => {
      const { id, topic, consumer, session, payload, priority, deadLetterReason, tenant, actor, reason } = options;
      const record = await ask(options, 'dlq.dead_letter', {
        id,
        topic,
        consumer,
        session,
        tenant_id: tenant,
        payload: Buffer.from(payload).toString('base64'),
        priority,
        dead_letter_reason: deadLetterReason,
        actor,
        reason,
      });
      await printFields(record, options.output);
    });
