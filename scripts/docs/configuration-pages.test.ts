// The reference and the examples are what the settings say, and the examples can be used as they stand.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../internal/app/config/load.ts';
import { NOT_YET_VARIABLES, UNRELATED_VARIABLES } from '../../internal/app/config/not-yet.ts';
import { SETTINGS } from '../../internal/app/config/settings.ts';
import { CONFIGURATION_PAGES } from './configuration-pages.ts';

const committed = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');

const load = (env: Record<string, string | undefined>, file?: string) =>
  loadConfig({ flags: file === undefined ? {} : { config: 't.yaml' }, env, cwd: '/srv', readFile: () => file ?? '' });

const defaults = load({}).config;

describe.each(CONFIGURATION_PAGES)('$path', ({ path, render }) => {
  it('is what `npm run docs` writes', () => {
    expect(committed(path)).toBe(render());
  });
});

describe('docs/configuration.md', () => {
  const page = committed('docs/configuration.md');

  it.each([
    ...SETTINGS.map(({ env }) => env),
    ...NOT_YET_VARIABLES.map(({ name }) => name),
    ...UNRELATED_VARIABLES,
    'WAL_PATH',
    'TACHYON_CONFIG',
  ])('says what %s is', (name) => {
    expect(page).toContain(`\`${name}\``);
  });
});

describe('.env.example', () => {
  const text = committed('.env.example');

  it('sets nothing as it stands', () => {
    expect(parseEnv(text)).toEqual({});
  });

  it('states every default: with all lines taken, the configuration is the same', () => {
    const env = parseEnv(text.replaceAll(/^#(?=[A-Z])/gm, ''));
    expect(Object.keys(env).sort()).toEqual(
      [...SETTINGS.map((setting) => setting.env), 'TACHYON_CONFIG', 'WAL_PATH'].sort(),
    );
    const { config, origins } = load(env);
    expect(config).toEqual(defaults);
    expect(Object.values(origins).every(({ from }) => from === 'env')).toBe(true);
  });
});

describe('docs/tachyon.example.yaml', () => {
  const text = committed('docs/tachyon.example.yaml');

  it('sets nothing as it stands', () => {
    const { config, origins } = load({}, text);
    expect(config).toEqual(defaults);
    expect(Object.values(origins).every(({ from }) => from === 'default')).toBe(true);
  });

  it('states every default: with all lines taken, the configuration is the same', () => {
    const { config, origins } = load({}, text.replaceAll(/^ {2}#(?=\w)/gm, '  '));
    expect(config).toEqual(defaults);
    for (const { path, inFile } of SETTINGS) expect(origins[path]?.from).toBe(inFile ? 'file' : 'default');
  });
});
