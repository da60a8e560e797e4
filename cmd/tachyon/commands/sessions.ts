// `tachyon sessions …`: the consumers that the broker knows.

import { Command } from 'commander';
import { listCommand } from './sessions/list.ts';
import { showCommand } from './sessions/show.ts';

export const sessionsCommand = (): Command =>
  new Command('sessions').description('Consumer sessions.').addCommand(listCommand()).addCommand(showCommand());
