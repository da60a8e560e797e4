// `tachyon import catalog|dlq <file>`: files of the earlier system, read by the broker and journaled, never rewritten.

import { resolve } from 'node:path';
import { Command } from 'commander';
import { withAdmin } from '../admin.ts';
import { printFields } from '../output/fields.ts';
import {
  type ActorOptions,
  addActorOptions,
  type BrokerOptions,
  dataDirOption,
  type OutputOptions,
  outputOption,
} from './options.ts';

/** A large file is read and checked before anything is answered. */
const TIMEOUT_MS = 120_000;

const KINDS = [
  ['catalog', 'Adds the routes of a catalog file (both of its shapes).'],
  ['dlq', 'Adds the dead letters of a .dlq file.'],
] as const;

export const importCommand = (): Command => {
  const group = new Command('import').description('Takes over files of the earlier system, each once.');
  for (const [kind, description] of KINDS) {
    const command = new Command(kind)
      .description(description)
      .argument('<file>')
      .addOption(outputOption())
      .addOption(dataDirOption());
    addActorOptions(command).action(async (file: string, options: ActorOptions & BrokerOptions & OutputOptions) => {
      const { actor, reason, output } = options;
      const args = { path: resolve(file), actor, reason };
      const result = await withAdmin(options, (admin) =>
        admin.request(`import.${kind}`, args, { timeoutMs: TIMEOUT_MS }),
      );
      await printFields(result, output);
    });
    group.addCommand(command);
  }
  return group;
};
