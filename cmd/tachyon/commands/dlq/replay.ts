// `tachyon dlq replay`: back into their queue, to the target that is restated; or, on purpose, into another queue. What a
// request must say is checked by the broker, for every client alike; what `--reason` may have been meant for, here.

import { Command, Option } from 'commander';
import { TachyonError } from '../../../../pkg/protocol/errors.ts';
import { ask } from '../../admin.ts';
import { FailureWithNextStep } from '../../output/failure.ts';
import {
  type ActorOptions,
  type BrokerOptions,
  dataDirOption,
  earlierOutputOption,
  type OutputOptions,
  whole,
} from '../options.ts';
import { addFilterOptions, addIdOptions, type FilterOptions, filterArgs } from './filter.ts';
import { patienceMs, printOutcome } from './outcome.ts';
import { refuseAmbiguousReason, targetAdvice } from './replay-advice.ts';

interface Options extends BrokerOptions, OutputOptions, ActorOptions, FilterOptions {
  readonly targetConsumer?: string;
  readonly targetTopic?: string;
  readonly toQueue?: string;
  readonly confirm: string;
  readonly dryRun: boolean;
  readonly rate?: number;
}

export const replayCommand = (): Command =>
  addFilterOptions(
    addIdOptions(
      new Command('replay').description(
        'Puts dead letters back into their queues. The target is restated, so that nothing goes where nobody meant it.',
      ),
    ),
  )
    .addOption(new Option('--actor <name>', 'Who asks for the change; it is recorded.').default('cli'))
    .addOption(
      new Option(
        '--reason <text>',
        'Why you do it; it is recorded. It chooses no records: --record-reason does.',
      ).default('', 'none'),
    )
    .option('--target-consumer <id>', 'Their consumer or their queue, restated.')
    .option('--target-topic <topic>', 'Their topic, restated: one a command.')
    .option('--to-queue <queue>', 'Another queue to put them into.')
    .option('--confirm <word>', 'Must be REPLAY.', '')
    .option('--dry-run', 'Change nothing; show what would be done, and to which groups.', false)
    .option('--rate <count>', 'At most so many a second.', whole)
    .addOption(earlierOutputOption())
    .addOption(dataDirOption())
    .action(async (options: Options) => {
      const { targetConsumer, targetTopic, toQueue, confirm, dryRun, rate, actor, reason } = options;
      const filter = filterArgs(options);
      await refuseAmbiguousReason(filter, reason, options);
      const args = {
        ...filter,
        ...(targetConsumer === undefined ? {} : { target_consumer: targetConsumer }),
        ...(targetTopic === undefined ? {} : { target_topic: targetTopic }),
        ...(toQueue === undefined ? {} : { to_queue: toQueue }),
        ...(rate === undefined ? {} : { rate_per_second: rate }),
        confirm,
        dry_run: dryRun,
        actor,
        reason,
      };
      const result = await ask(options, 'dlq.replay', args, { timeoutMs: patienceMs(rate) }).catch(
        async (error: unknown) => {
          if (!(error instanceof TachyonError) || error.code !== 'TARGET_REQUIRED') throw error;
          throw new FailureWithNextStep(error, await targetAdvice(filter, options));
        },
      );
      await printOutcome(result, options, { filter, hint: '' });
    });
