// The settings as a list, read off the schema: path, names, and the schema of each value.

import type { z } from 'zod';
import { invariant } from '../../domain/assert.ts';
import { settingsSchema } from './schema.ts';
import { type SettingEntry, settingEntries } from './setting.ts';

export interface Setting extends SettingEntry {
  readonly group: string;
  readonly key: string;
  /** `group.key`, as the file and messages name it. */
  readonly path: string;
}

const settingOf = (group: string, key: string, schema: z.core.$ZodType): Setting => {
  const entry = settingEntries.get(schema);
  invariant(entry !== undefined, `the setting ${group}.${key} should have an entry in the registry`);
  return { ...entry, group, key, path: `${group}.${key}` };
};

/** All settings, in the order of the schema. */
export const SETTINGS: readonly Setting[] = Object.entries(settingsSchema.shape).flatMap(([group, schema]) =>
  Object.entries(schema.shape).map(([key, field]) => settingOf(group, key, field)),
);

const byPath = new Map(SETTINGS.map((setting) => [setting.path, setting]));
const byEnv = new Map(SETTINGS.map((setting) => [setting.env, setting]));

export const settingAt = (path: string): Setting | undefined => byPath.get(path);
export const settingOfVariable = (env: string): Setting | undefined => byEnv.get(env);
export const settingsOfGroup = (group: string): readonly Setting[] =>
  SETTINGS.filter((setting) => setting.group === group);
