// The flags, given to a real commander command: what it parses is what the configuration gets.

import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { CONFIG_FLAGS } from './flags.ts';
import { loadConfig } from './load.ts';

const parse = (...words: string[]): Record<string, unknown> => {
  const command = new Command().exitOverride();
  for (const { synopsis, description } of CONFIG_FLAGS) command.option(synopsis, description);
  return command.parse(words, { from: 'user' }).opts();
};

const load = (...words: string[]) =>
  loadConfig({ flags: parse(...words), env: { LOG_LEVEL: 'error' }, cwd: '/srv', readFile: () => '' });

describe('flags', () => {
  it('reach the settings through commander', () => {
    const { config, origins } = load(
      '--router',
      'tcp://*:7001',
      '--pub',
      'tcp://127.0.0.1:7002',
      '--transport',
      'libzmq',
      '--data-dir',
      'd',
      '--allow-insecure-bind',
      '--log-level',
      'debug',
      '--log-pretty',
      'false',
      '--wal-enabled',
      'false',
      '--metrics-port',
      '9464',
    );
    expect(config).toMatchObject({
      data: { folder: '/srv/d' },
      wire: {
        bindAddress: 'tcp://*:7001',
        pubAddress: 'tcp://127.0.0.1:7002',
        transport: 'libzmq',
        allowInsecureBind: true,
      },
      journal: { enabled: false },
      metrics: { port: 9464 },
      log: { level: 'debug', pretty: false },
    });
    expect(
      CONFIG_FLAGS.filter(({ name }) => name !== 'config').every(({ name }) =>
        Object.values(origins).some((origin) => origin.name === `--${name}`),
      ),
    ).toBe(true);
  });

  it('that are not given leave the environment alone', () => {
    expect(load().config.log.level).toBe('error');
  });

  it('have the attribute names that commander gives, a description and a default to show', () => {
    const command = new Command();
    for (const { synopsis, description, attribute, defaultText } of CONFIG_FLAGS) {
      command.option(synopsis, description);
      expect(command.options.at(-1)?.attributeName()).toBe(attribute);
      expect(description).toMatch(/^[A-Z].*\.$/);
      expect(defaultText).not.toBe('');
    }
  });
});
