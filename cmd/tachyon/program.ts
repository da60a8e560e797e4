// All commands of the executable.

import type { Command } from 'commander';
import { type Commands, programOf } from './program-of.ts';

const COMMANDS: Commands = {
  up: async () => (await import('./commands/up.ts')).upCommand(),
  broker: async () => (await import('./commands/broker.ts')).brokerCommand(),
  gateway: async () => (await import('./commands/gateway.ts')).gatewayCommand(),
  pub: async () => (await import('./commands/pub.ts')).pubCommand(),
  sub: async () => (await import('./commands/sub.ts')).subCommand(),
  consume: async () => (await import('./commands/consume.ts')).consumeCommand(),
  bridge: async () => (await import('./commands/bridge.ts')).bridgeCommand(),
  queues: async () => (await import('./commands/queues.ts')).queuesCommand(),
  keys: async () => (await import('./commands/keys.ts')).keysCommand(),
  routes: async () => (await import('./commands/routes.ts')).routesCommand(),
  schemas: async () => (await import('./commands/schemas.ts')).schemasCommand(),
  consumers: async () => (await import('./commands/consumers.ts')).consumersCommand(),
  sessions: async () => (await import('./commands/sessions.ts')).sessionsCommand(),
  dlq: async () => (await import('./commands/dlq.ts')).dlqCommand(),
  schedules: async () => (await import('./commands/schedules.ts')).schedulesCommand(),
  cron: async () => (await import('./commands/cron.ts')).cronCommand(),
  jobs: async () => (await import('./commands/jobs.ts')).jobsCommand(),
  audit: async () => (await import('./commands/audit.ts')).auditCommand(),
  request: async () => (await import('./commands/request.ts')).requestCommand(),
  journal: async () => (await import('./commands/journal.ts')).journalCommand(),
  import: async () => (await import('./commands/import.ts')).importCommand(),
  sidecar: async () => (await import('./commands/sidecar.ts')).sidecarCommand(),
  config: async () => (await import('./commands/config.ts')).configCommand(),
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  completion: async () => (await import('./commands/completion.ts')).completionCommand(),
  limits: async () => (await import('./commands/limits.ts')).limitsCommand(),
  why: async () => (await import('./commands/why.ts')).whyCommand(),
  trace: async () => (await import('./commands/trace.ts')).traceCommand(),
  top: async () => (await import('./commands/top.ts')).topCommand(),
  status: async () => (await import('./commands/status.ts')).statusCommand(),
  version: async () => (await import('./commands/version.ts')).versionCommand(),
};

export const programFor = (words: readonly string[]): Promise<Command> => programOf(words, COMMANDS);
