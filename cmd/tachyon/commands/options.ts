// The options that commands share, how numbers on the command line are read, and where the broker is found.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { adminSocketPath, locateDataFolder } from '../../../internal/app/config/data-folder.ts';
import { parseTime } from '../../../pkg/protocol/rfc3339.ts';
import { OUTPUT_FORMATS, type OutputFormat } from '../output/format.ts';

export interface BrokerOptions {
  readonly dataDir?: string;
}

export interface OutputOptions {
  readonly output: OutputFormat;
}

export interface ActorOptions {
  readonly actor: string;
  readonly reason: string;
}

export interface TenantOptions {
  readonly tenant: string;
}

/** What every command takes that changes something. */
export interface ChangeOptions extends BrokerOptions, OutputOptions, ActorOptions, TenantOptions {}

export const dataDirOption = (): Option =>
  new Option('--data-dir <path>', 'Data folder of the broker (DATA_DIR, else the folder of WAL_PATH, else ./data).');

export const outputOption = (): Option =>
  new Option('-o, --output <format>', 'How to print.').choices(OUTPUT_FORMATS).default('table');

/** The earlier command printed JSON, and scripts read it: a table is for terminals only. */
export const earlierOutputOption = (): Option =>
  new Option('-o, --output <format>', 'How to print.')
    .choices(OUTPUT_FORMATS)
    .default(process.stdout.isTTY ? 'table' : 'json', 'table on a terminal, else json');

export const tenantOption = (): Option => new Option('--tenant <name>', 'Tenant.').default('', 'the default one');

/** Every change is recorded with who asked for it and why. */
export const addActorOptions = (command: Command): Command =>
  command
    .addOption(new Option('--actor <name>', 'Who asks for the change; it is recorded.').default('cli'))
    .addOption(new Option('--reason <text>', 'Why; it is recorded.').default('', 'none'));

export const addChangeOptions = (command: Command): Command =>
  addActorOptions(command).addOption(tenantOption()).addOption(outputOption()).addOption(dataDirOption());

/** What every command takes that looks at one thing of a tenant. */
export interface LookOptions extends BrokerOptions, OutputOptions, TenantOptions {}

export const addLookOptions = (command: Command): Command =>
  command.addOption(outputOption()).addOption(tenantOption()).addOption(dataDirOption());

/** What lists of messages take. */
export interface MessageListOptions extends BrokerOptions, OutputOptions, TenantOptions {
  readonly bodyBytes: number;
}

export const addMessageListOptions = (command: Command, bodyBytes: number): Command =>
  command
    .option('--body-bytes <bytes>', 'How much of each body; a page of bodies has a bound.', whole, bodyBytes)
    .addOption(tenantOption())
    .addOption(outputOption())
    .addOption(dataDirOption());

export const whole = (text: string): number => {
  if (!/^-?\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
};

/** For an option that may be given again: a list that swallows the words behind it would take the arguments too. */
export const repeated = (text: string, known: readonly string[]): readonly string[] => [...known, text];

export const fraction = (text: string): number => {
  if (!/^\d{1,15}(\.\d{1,15})?$/.test(text)) throw new InvalidArgumentError('It must be a number.');
  return Number(text);
};

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** In milliseconds: `500ms`, `20s`, `1.5m`, `4h`, `7d`. */
export const duration = (text: string): number => {
  const [, number = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text) ?? [];
  if (number === '') throw new InvalidArgumentError('It must be a duration such as 500ms, 20s, 10m, 4h or 7d.');
  return Math.round(Number(number) * (UNITS_MS[unit] as number));
};

/** In milliseconds since 1970. */
export const time = (text: string): number => {
  const ms = parseTime(text, 'up');
  if (ms === null)
    throw new InvalidArgumentError('It must be a time such as 2026-01-02T15:04:05Z or 2026-01-02T16:04:05+01:00.');
  return ms;
};

export const limitOption = (): Option => new Option('-n, --limit <count>', 'At most so many.').argParser(whole);

/** The data folder, by the one rule that broker and gateway go by too. */
export const folderOf = ({ dataDir }: BrokerOptions): string =>
  locateDataFolder({ flag: dataDir, env: process.env, cwd: process.cwd() }).folder;

export const adminSocketOf = (options: BrokerOptions): string => adminSocketPath(folderOf(options));

/** `name=value`, given as often as wanted. */
export const pair = (text: string, known: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be name=value.');
  return { ...known, [name]: value };
};
