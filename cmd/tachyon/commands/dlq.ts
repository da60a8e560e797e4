// `tachyon dlq …`: the words of the earlier command, with its flags, and ours beside them; one file for each word.

import { Command } from 'commander';
import { auditCommand } from './dlq/audit.ts';
import { deadLetterCommand } from './dlq/dead-letter.ts';
import { groupsCommand } from './dlq/groups.ts';
import { inspectCommand } from './dlq/inspect.ts';
import { listCommand } from './dlq/list.ts';
import { purgeCommand } from './dlq/purge.ts';
import { replayCommand } from './dlq/replay.ts';

export const dlqCommand = (): Command => {
  const dlq = new Command('dlq').description('Dead letters: look at them, replay them, purge them.');
  for (const make of [
    listCommand,
    inspectCommand,
    groupsCommand,
    replayCommand,
    purgeCommand,
    deadLetterCommand,
    auditCommand,
  ]) {
    dlq.addCommand(make());
  }
  return dlq;
};
