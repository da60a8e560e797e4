// The flags of the broker's command, made from the schema: what a commander command is built from. Defaults are for
// the help only; a default that commander filled in would hide the environment and the file.

import { flagAttribute } from './flag-attribute.ts';
import { SETTINGS, type Setting } from './settings.ts';

export interface FlagDefinition {
  /** Long option without the dashes. */
  readonly name: string;
  /** Key under which commander hands over the value, and `loadConfig` looks for it. */
  readonly attribute: string;
  readonly metavar: string;
  /** `--router <endpoint>`; a boolean may stand alone. */
  readonly synopsis: string;
  readonly description: string;
  readonly defaultText: string;
  readonly env: string;
}

const flagOf = (name: string, setting: Pick<Setting, 'metavar' | 'text' | 'defaultText' | 'env'>): FlagDefinition => {
  const { metavar, text, defaultText, env } = setting;
  return {
    name,
    attribute: flagAttribute(name),
    metavar,
    synopsis: metavar === 'boolean' ? `--${name} [${metavar}]` : `--${name} <${metavar}>`,
    description: text,
    defaultText,
    env,
  };
};

const CONFIG_FLAG: FlagDefinition = flagOf('config', {
  metavar: 'path',
  text: 'Configuration file (YAML).',
  defaultText: 'none',
  env: 'TACHYON_CONFIG',
});

/** Flags of every setting that has one, and `--config`. */
export const CONFIG_FLAGS: readonly FlagDefinition[] = [
  CONFIG_FLAG,
  ...SETTINGS.flatMap((setting) => (setting.flag === undefined ? [] : [flagOf(setting.flag, setting)])),
];
