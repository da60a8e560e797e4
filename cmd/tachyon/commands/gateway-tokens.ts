// `tachyon gateway tokens add|list|remove`: named tokens with roles, kept hashed in the data folder. A gateway that runs
// takes note of a change with the next request.

import { Command, Option } from 'commander';
import { ROLES, type Role } from '../../../api-gateway/auth/role.ts';
import { locateDataFolder } from '../../../internal/app/config/data-folder.ts';
import { print, tell } from '../output/print.ts';
import { printRows } from '../output/table.ts';
import { type BrokerOptions, dataDirOption, type OutputOptions, outputOption } from './options.ts';

interface AddOptions extends BrokerOptions {
  readonly role: Role;
}

export const gatewayTokensCommand = (): Command =>
  new Command('tokens')
    .description('Named tokens of the gateway, each with a role.')
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(removeCommand());

const addCommand = (): Command =>
  new Command('add')
    .description('Makes a token and prints it; it is kept nowhere else, only its hash is.')
    .argument('<name>', 'who or what uses it; it stands in the audit log')
    .addOption(new Option('--role <role>', 'What it may do.').choices(ROLES).makeOptionMandatory())
    .addOption(dataDirOption())
    .action(async (name: string, _options: AddOptions, command: Command) => {
      const { role, ...options } = command.optsWithGlobals<AddOptions>();
      const { addToken, path } = await tokens(options);
      await print(`${addToken(path, name, role, new Date())}\n`);
      tell(`"${name}" is a token with the role ${role}; it is not shown again`);
      if (role === 'admin') tell('the token that the gateway made by itself counts no more from its next start on');
    });

const listCommand = (): Command =>
  new Command('list')
    .description('Lists the tokens by name; the tokens themselves are not kept.')
    .addOption(outputOption())
    .addOption(dataDirOption())
    .action(async (_options: BrokerOptions & OutputOptions, command: Command) => {
      const { output, ...options } = command.optsWithGlobals<BrokerOptions & OutputOptions>();
      const { readTokens, path } = await tokens(options);
      const rows = readTokens(path).map(({ name, role, created_at }) => ({ name, role, created_at }));
      const columns = ['name', 'role', 'created_at'].map((name) => ({ name }));
      await printRows(rows, { output, columns, nothing: 'no named tokens' });
    });

const removeCommand = (): Command =>
  new Command('remove')
    .description('Removes a token: it ends at once.')
    .argument('<name>')
    .addOption(dataDirOption())
    .action(async (name: string, _options: BrokerOptions, command: Command) => {
      const { removeToken, path } = await tokens(command.optsWithGlobals<BrokerOptions>());
      removeToken(path, name);
      tell(`"${name}" is no token any more`);
    });

/** The file of the data folder, and what works on it. */
async function tokens({ dataDir }: BrokerOptions) {
  const { folder } = locateDataFolder({ flag: dataDir, env: process.env, cwd: process.cwd() });
  const file = await import('../../../api-gateway/auth/token-file.ts');
  return { ...file, path: file.tokenFilePath(folder) };
}
