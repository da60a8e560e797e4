// What was given for each setting, and where: a flag counts before the environment, the environment before the file.
// Values are not judged here.

import { resolve } from 'node:path';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { type FileContent, readConfigFile } from './config-file.ts';
import { adminSocketPath, type DataFolder, locateDataFolder } from './data-folder.ts';
import { flagAttribute } from './flag-attribute.ts';
import { type Origin, type Problem, shown } from './origin.ts';
import { isPath } from './paths.ts';
import { SETTINGS, type Setting } from './settings.ts';

export interface ConfigSources {
  /** By attribute name (`dataDir`), as commander gives them; absent or undefined where the flag was not given. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What relative paths start from. */
  readonly cwd: string;
  readonly readFile: (path: string) => string;
}

export interface Given {
  /** Undefined where nobody gave one. */
  readonly value: unknown;
  readonly origin: Origin;
}

export interface Gathered {
  /** One for each setting, by path. */
  readonly given: ReadonlyMap<string, Given>;
  readonly dataFolder: string;
  /** The configuration file, absolute; null where none was named or it could not be read. */
  readonly file: string | null;
  readonly problems: readonly Problem[];
}

interface NamedFile extends FileContent {
  readonly path: string | null;
}

export const CATALOG_NAME = 'routes.catalog.json';
export const SIDECAR_SOCKET_NAME = 'fastpath.sock';

const ownFlag = (flags: ConfigSources['flags'], attribute: string): unknown =>
  Object.hasOwn(flags, attribute) ? flags[attribute] : undefined;

const noFile = (...faults: readonly string[]): NamedFile => ({
  path: null,
  values: new Map(),
  problems: faults.map((sentence) => ({ code: 'INVALID_CONFIG', sentence })),
});

/** The file that `--config`, else TACHYON_CONFIG names, read. */
const readNamedFile = ({ flags, env, cwd, readFile }: ConfigSources): NamedFile => {
  const flag = ownFlag(flags, 'config');
  const named = flag ?? env['TACHYON_CONFIG'] ?? '';
  if (flag === undefined && named === '') return noFile();
  const name = flag === undefined ? 'TACHYON_CONFIG' : '--config';
  if (typeof named !== 'string' || !isPath(named)) return noFile(`${name} must be the path of a file`);

  const path = resolve(cwd, named);
  try {
    return { path, ...readConfigFile(named, readFile(path)) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : shown(error);
    return noFile(`${name} names ${path}, which cannot be read: ${reason}`);
  }
};

/** The data folder, or the problem with it beside a stand-in, so that the other settings are checked all the same. */
const findDataFolder = ({ flags, env, cwd }: ConfigSources, problems: Problem[]): DataFolder => {
  try {
    const found = locateDataFolder({ flag: ownFlag(flags, 'dataDir'), env, cwd });
    adminSocketPath(found.folder);
    return found;
  } catch (error) {
    if (!(error instanceof TachyonError)) throw error;
    problems.push({ code: error.code, sentence: error.detail });
    return { folder: '/', origin: { from: 'default', name: 'data.folder' } };
  }
};

/** An empty variable counts as not set. */
const givenFor = (setting: Setting, { flags, env }: ConfigSources, file: NamedFile): Given => {
  const flag = setting.flag === undefined ? undefined : ownFlag(flags, flagAttribute(setting.flag));
  if (flag !== undefined) return { value: flag, origin: { from: 'flag', name: `--${setting.flag}` } };

  const variable = env[setting.env] ?? '';
  if (variable !== '') return { value: variable, origin: { from: 'env', name: setting.env } };
  const { envAlias = '' } = setting;
  const alias = env[envAlias] ?? '';
  if (alias !== '') return { value: alias, origin: { from: 'env', name: envAlias } };

  const entry = file.values.get(setting.path);
  if (entry !== undefined) return { value: entry.value, origin: { from: 'file', name: `${file.path}:${entry.line}` } };
  return { value: undefined, origin: { from: 'default', name: setting.path } };
};

/** Collects what was given. Reads the configuration file and nothing else. */
export const gather = (sources: ConfigSources): Gathered => {
  const problems: Problem[] = [];
  const data = findDataFolder(sources, problems);
  const file = readNamedFile(sources);
  problems.push(...file.problems);

  const given = new Map(SETTINGS.map((setting) => [setting.path, givenFor(setting, sources, file)]));
  given.set('data.folder', { value: data.folder, origin: data.origin });
  return { given, dataFolder: data.folder, file: file.path, problems };
};
