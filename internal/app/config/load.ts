// From flags, environment and file to one frozen configuration, before anything is opened. What is wrong is refused
// all at once, under the names that the person used.

import { resolve } from 'node:path';
import type { z } from 'zod';
import { invariant } from '../../domain/assert.ts';
import { adminSocketPath } from './data-folder.ts';
import { CATALOG_NAME, type ConfigSources, type Gathered, type Given, gather, SIDECAR_SOCKET_NAME } from './given.ts';
import { notYetProblems } from './not-yet.ts';
import { nameOf, type Origin, type Problem, refusalOf, shown } from './origin.ts';
import { relationProblems } from './relations.ts';
import { type Settings, settingsSchema } from './schema.ts';
import { settingAt, settingsOfGroup } from './settings.ts';

type Frozen<T> = { readonly [Key in keyof T]: T[Key] extends object ? Frozen<T[Key]> : T[Key] };

/** Handed down in slices: the journal gets `config.journal`, not the whole. */
export type Config = Frozen<Settings> & {
  readonly admin: {
    /** Where the admin endpoint listens: follows from the data folder. */
    readonly socketPath: string;
  };
};

/** Where each value came from, by setting path. */
export type Origins = Readonly<Record<string, Origin>>;

export interface LoadedConfig {
  readonly config: Config;
  readonly origins: Origins;
  /** The configuration file that was read, absolute. */
  readonly file: string | null;
}

type GivenSettings = Gathered['given'];

const givenAt = (given: GivenSettings, path: string): Given => {
  const found = given.get(path);
  invariant(found !== undefined, `there should be a setting ${path}`);
  return found;
};

/** What was given, in the shape of the schema. */
const inputOf = (given: GivenSettings): Record<string, Record<string, unknown>> => {
  const groupInput = (group: string): Record<string, unknown> =>
    Object.fromEntries(settingsOfGroup(group).map(({ key, path }) => [key, givenAt(given, path).value]));
  const input = Object.fromEntries(Object.keys(settingsSchema.shape).map((group) => [group, groupInput(group)]));
  return {
    ...input,
    routes: { ...input['routes'], catalogPath: input['routes']?.['catalogPath'] ?? CATALOG_NAME },
    fastpath: { ...input['fastpath'], socketPath: input['fastpath']?.['socketPath'] ?? SIDECAR_SOCKET_NAME },
  };
};

const problemOf = (path: string, message: string, { value, origin }: Given): Problem => {
  const isNotYet = typeof value === 'string' && settingAt(path)?.notYet.includes(value.toLowerCase()) === true;
  return {
    code: isNotYet ? 'NOT_SUPPORTED' : 'INVALID_CONFIG',
    sentence: `${nameOf(path, origin)} is ${shown(value)}: it ${message}`,
  };
};

/** One problem for each setting that the schema refuses, however many checks of it failed. */
const schemaProblems = (issues: readonly z.core.$ZodIssue[], given: GivenSettings): readonly Problem[] => {
  const first = new Map(issues.toReversed().map(({ path, message }) => [path.join('.'), message]));
  return [...first].toReversed().map(([path, message]) => problemOf(path, message, givenAt(given, path)));
};

/** Fits what was not given to what was. */
const settle = (settings: Settings, { given, dataFolder }: Gathered, cwd: string): Settings => {
  const { sessions, delivery, routes, fastpath } = settings;
  const isDefault = (path: string): boolean => givenAt(given, path).origin.from === 'default';
  const heartbeatIntervalMs = isDefault('sessions.heartbeatIntervalMs')
    ? Math.min(sessions.heartbeatIntervalMs, Math.floor(delivery.leaseMs / 4))
    : sessions.heartbeatIntervalMs;
  const catalogPath = resolve(isDefault('routes.catalogPath') ? dataFolder : cwd, routes.catalogPath);
  const socketPath = resolve(isDefault('fastpath.socketPath') ? dataFolder : cwd, fastpath.socketPath);
  return {
    ...settings,
    sessions: { ...sessions, heartbeatIntervalMs },
    routes: { ...routes, catalogPath },
    fastpath: { ...fastpath, socketPath },
  };
};

const deepFreeze = <T extends object>(value: T): T => {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  }
  return Object.freeze(value);
};

/**
 * Reads the configuration and opens nothing but the file that it is named. Throws one TachyonError for everything
 * that is wrong: its code is that of the problems (NOT_SUPPORTED, INSECURE_BIND, SOCKET_PATH_TOO_LONG) where they
 * share one, otherwise INVALID_CONFIG.
 */
export const loadConfig = (sources: ConfigSources): LoadedConfig => {
  const gathered = gather(sources);
  const { given, dataFolder, file } = gathered;
  const problems = [...notYetProblems(sources.env), ...gathered.problems];

  // Parsed once: to compile the schema first takes longer than to walk it.
  const parsed = settingsSchema.safeParse(inputOf(given), { jitless: true });
  if (!parsed.success) throw refusalOf([...problems, ...schemaProblems(parsed.error.issues, given)]);

  const settings = settle(parsed.data, gathered, sources.cwd);
  problems.push(...relationProblems(settings, (path) => givenAt(given, path).origin));
  if (problems.length > 0) throw refusalOf(problems);

  const config: Config = { ...settings, admin: { socketPath: adminSocketPath(dataFolder) } };
  const origins: Origins = Object.fromEntries([...given].map(([path, { origin }]) => [path, origin]));
  return deepFreeze({ config, origins, file });
};
