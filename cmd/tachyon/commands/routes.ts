// `tachyon routes …`: one file for each word.

import { Command } from 'commander';
import { addCommand } from './routes/add.ts';
import { listCommand } from './routes/list.ts';
import { matchCommand } from './routes/match.ts';
import { removeCommand } from './routes/remove.ts';
import { showCommand } from './routes/show.ts';

export const routesCommand = (): Command =>
  new Command('routes')
    .description('Routes: which topics lead to which queues, and to fanout.')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(matchCommand())
    .addCommand(addCommand())
    .addCommand(removeCommand());
