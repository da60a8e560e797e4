// A program of some commands under the one name. Only the one that was asked for is loaded, so that a small command
// starts fast; for help, and for a word that nobody knows, all are.

import { Command } from 'commander';
import { VERSION } from '../../pkg/protocol/version.ts';
import { BY_DEFAULT } from './start/broker-words.ts';

export type Commands = Readonly<Record<string, () => Promise<Command>>>;

export async function programOf(words: readonly string[], commands: Commands): Promise<Command> {
  const program = new Command('tachyon')
    .description('A durable message broker that speaks ZeroMQ: accepted means on disk.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .showSuggestionAfterError()
    .showHelpAfterError('(tachyon --help shows all commands)')
    .exitOverride();
  const first = words[0] ?? BY_DEFAULT;
  const asked = first.startsWith('-') && !['-h', '--help'].includes(first) ? BY_DEFAULT : first;
  const names = Object.hasOwn(commands, asked) ? [asked] : Object.keys(commands);
  for (const name of names) {
    const command = await commands[name]?.();
    if (command !== undefined) program.addCommand(inheriting(program, command));
  }
  return program;
}

/** Settings such as "throw, do not exit" pass on to commands that were made elsewhere only when asked to. */
function inheriting(parent: Command, command: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inheriting(command, child);
  return command;
}
