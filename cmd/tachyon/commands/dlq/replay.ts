// `tachyon dlq replay`: back into their queue, to the target that is restated; or, on purpose, into another queue. What a
// request must say is checked by the broker, for every client alike.

import { Command } from 'commander';
import { ask } from '../../admin.ts';
import {
  type ActorOptions,
  addActorOptions,
  type BrokerOptions,
  dataDirOption,
  earlierOutputOption,
  type OutputOptions,
  whole,
} from '../options.ts';
import { addFilterOptions, addIdOptions, addRecordReasonOption, type FilterOptions, filterArgs } from './filter.ts';
import { patienceMs, printOutcome } from './outcome.ts';

interface Options extends BrokerOptions, OutputOptions, ActorOptions, FilterOptions {
  readonly targetConsumer?: string;
  readonly targetTopic?: string;
  readonly toQueue?: string;
  readonly confirm: string;
  readonly dryRun: boolean;
  readonly rate?: number;
}

export const replayCommand = (): Command =>
  addActorOptions(
    addRecordReasonOption(
      addFilterOptions(
        addIdOptions(
          new Command('replay').description(
            'Puts dead letters back into their queues. The target is restated, so that nothing goes where nobody meant it.',
          ),
        ),
      ),
    ),
  )
    .option('--target-consumer <id>', 'Their consumer or their queue, restated.')
    .option('--target-topic <topic>', 'Their topic, restated.')
    .option('--to-queue <queue>', 'Another queue to put them into.')
    .option('--confirm <word>', 'Must be REPLAY.', '')
    .option('--dry-run', 'Change nothing; show what would be done.', false)
    .option('--rate <count>', 'At most so many a second.', whole)
    .addOption(earlierOutputOption())
    .addOption(dataDirOption())
    .action(async (options: Options) => {
      const { targetConsumer, targetTopic, toQueue, confirm, dryRun, rate, actor, reason } = options;
      const args = {
        ...filterArgs(options),
        ...(targetConsumer === undefined ? {} : { target_consumer: targetConsumer }),
        ...(targetTopic === undefined ? {} : { target_topic: targetTopic }),
        ...(toQueue === undefined ? {} : { to_queue: toQueue }),
        ...(rate === undefined ? {} : { rate_per_second: rate }),
        confirm,
        dry_run: dryRun,
        actor,
        reason,
      };
      await printOutcome(await ask(options, 'dlq.replay', args, { timeoutMs: patienceMs(rate) }), options);
    });
