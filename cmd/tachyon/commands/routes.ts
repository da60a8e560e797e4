// `tachyon routes …`: one file for each word.

import { Command } from 'commander';
import { addCommand } from './routes/add.ts';
import { listCommand } from './routes/list.ts';
import { removeCommand } from './routes/remove.ts';

export const routesCommand = (): Command =>
  new Command('routes')
    .description('Routes: which topics lead to which queues, and to fanout.')
    .addCommand(listCommand())
    .addCommand(addCommand())
    .addCommand(removeCommand());
