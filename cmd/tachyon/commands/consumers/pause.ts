// `tachyon consumers pause|resume <consumer>`: it is given nothing, and something again.

import { Command } from 'commander';
import { ask } from '../../admin.ts';
import { printFields } from '../../output/fields.ts';
import { addChangeOptions, type ChangeOptions } from '../options.ts';

const command = (word: 'pause' | 'resume', description: string): Command =>
  addChangeOptions(new Command(word).description(description).argument('<consumer>')).action(
    async (consumer: string, options: ChangeOptions) => {
      const { tenant, actor, reason, output } = options;
      const args = { consumer_id: consumer, tenant_id: tenant, actor, reason };
      await printFields(await ask(options, `consumers.${word}`, args), output);
    },
  );

export const pauseCommand = (): Command =>
  command('pause', 'Hands it nothing from now on, over reconnects and restarts; it may settle what it holds.');

export const resumeCommand = (): Command => command('resume', 'Hands it messages again.');
