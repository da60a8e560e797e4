// `tachyon schedules …`: messages that wait for their time. Recurring ones are declared with `tachyon cron`.

import { Command } from 'commander';
import { cancelCommand } from './schedules/cancel.ts';
import { listCommand } from './schedules/list.ts';
import { moveCommand } from './schedules/move.ts';
import { showCommand } from './schedules/show.ts';

export const schedulesCommand = (): Command =>
  new Command('schedules')
    .description('Scheduled messages: those that wait for the time at which they are given.')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(cancelCommand())
    .addCommand(moveCommand());
