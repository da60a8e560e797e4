// All commands under one name. Only the one that was asked for is loaded, so that a small command starts fast; for help,
// and for a word that nobody knows, all are.

import { Command } from 'commander';
import { VERSION } from '../../pkg/protocol/version.ts';

type Load = () => Promise<Command>;

const COMMANDS: Readonly<Record<string, Load>> = {
  up: async () => (await import('./commands/up.ts')).upCommand(),
  broker: async () => (await import('./commands/broker.ts')).brokerCommand(),
  gateway: async () => (await import('./commands/gateway.ts')).gatewayCommand(),
  pub: async () => (await import('./commands/pub.ts')).pubCommand(),
  sub: async () => (await import('./commands/sub.ts')).subCommand(),
  consume: async () => (await import('./commands/consume.ts')).consumeCommand(),
  queues: async () => (await import('./commands/queues.ts')).queuesCommand(),
  routes: async () => (await import('./commands/routes.ts')).routesCommand(),
  sessions: async () => (await import('./commands/sessions.ts')).sessionsCommand(),
  dlq: async () => (await import('./commands/dlq.ts')).dlqCommand(),
  jobs: async () => (await import('./commands/jobs.ts')).jobsCommand(),
  audit: async () => (await import('./commands/audit.ts')).auditCommand(),
  journal: async () => (await import('./commands/journal.ts')).journalCommand(),
  import: async () => (await import('./commands/import.ts')).importCommand(),
  sidecar: async () => (await import('./commands/sidecar.ts')).sidecarCommand(),
  config: async () => (await import('./commands/config.ts')).configCommand(),
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  completion: async () => (await import('./commands/completion.ts')).completionCommand(),
  why: async () => (await import('./commands/why.ts')).whyCommand(),
  trace: async () => (await import('./commands/trace.ts')).traceCommand(),
  top: async () => (await import('./commands/top.ts')).topCommand(),
  status: async () => (await import('./commands/status.ts')).statusCommand(),
  version: async () => (await import('./commands/version.ts')).versionCommand(),
};

const BY_DEFAULT = 'broker';

export async function programFor(words: readonly string[]): Promise<Command> {
  const program = new Command('tachyon')
    .description('A durable message broker that speaks ZeroMQ: accepted means on disk.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .showSuggestionAfterError()
    .showHelpAfterError('(tachyon --help shows all commands)')
    .exitOverride();
  const first = words[0] ?? BY_DEFAULT;
  const asked = first.startsWith('-') && !['-h', '--help'].includes(first) ? BY_DEFAULT : first;
  const names = Object.hasOwn(COMMANDS, asked) ? [asked] : Object.keys(COMMANDS);
  for (const name of names) {
    const command = await COMMANDS[name]?.();
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
