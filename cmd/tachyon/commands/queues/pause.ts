// `tachyon queues pause|resume <queue>`: stops handing messages over, and goes on.

import { Command } from 'commander';
import { ask } from '../../admin.ts';
import { printFields } from '../../output/fields.ts';
import { addChangeOptions, type ChangeOptions } from '../options.ts';

const command = (word: 'pause' | 'resume', description: string): Command =>
  addChangeOptions(new Command(word).description(description).argument('<queue>')).action(
    async (queue: string, options: ChangeOptions) => {
      const { tenant, actor, reason, output } = options;
      await printFields(await ask(options, `queues.${word}`, { queue, tenant_id: tenant, actor, reason }), output);
    },
  );

export const pauseCommand = (): Command =>
  command('pause', 'Hands nothing over from now on, also after a restart; messages still come in.');

export const resumeCommand = (): Command => command('resume', 'Takes messages and hands them over again.');
