// `tachyon consumers …`: one consumer is held back by its id, or let go again.

import { Command } from 'commander';
import { drainCommand } from './consumers/drain.ts';
import { listCommand } from './consumers/list.ts';
import { pauseCommand, resumeCommand } from './consumers/pause.ts';

export const consumersCommand = (): Command => {
  const consumers = new Command('consumers').description('Single consumers: hold one back, and let it go on.');
  for (const make of [listCommand, pauseCommand, drainCommand, resumeCommand]) consumers.addCommand(make());
  return consumers;
};
