// `tachyon queues …`: one file for each word.

import { Command } from 'commander';
import { bindCommand } from './queues/bind.ts';
import { browseCommand } from './queues/browse.ts';
import { declareCommand } from './queues/declare.ts';
import { deleteCommand } from './queues/delete.ts';
import { drainCommand } from './queues/drain.ts';
import { listCommand } from './queues/list.ts';
import { pauseCommand, resumeCommand } from './queues/pause.ts';
import { purgeCommand } from './queues/purge.ts';
import { showCommand } from './queues/show.ts';

export const queuesCommand = (): Command => {
  const queues = new Command('queues').description('Queues: what is in them, and what leads to them.');
  for (const make of [
    listCommand,
    showCommand,
    declareCommand,
    bindCommand,
    deleteCommand,
    purgeCommand,
    pauseCommand,
    drainCommand,
    resumeCommand,
    browseCommand,
  ]) {
    queues.addCommand(make());
  }
  return queues;
};
