// Where settings come from for a command of this process: flags, environment, file. What is the gateway's is kept from the
// broker, as `tachyon up` does.

import { readFileSync } from 'node:fs';
import { GATEWAY_VARIABLES } from '../../../api-gateway/config.ts';
import { type LoadedConfig, loadConfig } from '../../../internal/app/config/load.ts';
import { withoutGateway } from '../process/environment.ts';

export interface SettingsSources {
  /** As commander parsed them. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Throws one TachyonError for everything that is wrong; opens nothing but the file that is named. */
export const brokerSettings = ({ flags, env, cwd }: SettingsSources): LoadedConfig =>
  loadConfig({
    flags,
    env: withoutGateway(env, GATEWAY_VARIABLES),
    cwd,
    readFile: (path) => readFileSync(path, 'utf8'),
  });

export const ownSources = (flags: Readonly<Record<string, unknown>>): SettingsSources => ({
  flags,
  env: process.env,
  cwd: process.cwd(),
});
