// `tachyon dlq …`.

import { Command } from 'commander';
import { listCommand } from './dlq/list.ts';

export const dlqCommand = (): Command => new Command('dlq').description('Dead letters.').addCommand(listCommand());
