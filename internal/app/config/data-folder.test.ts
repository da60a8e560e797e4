// The one rule for the data folder, as a table, and the bound of the admin socket's path.

import { describe, expect, it } from 'vitest';
import { adminSocketPath, locateDataFolder } from './data-folder.ts';

const cwd = '/srv/app';

describe('the data folder', () => {
  it.each([
    ['./data, where nothing is given', undefined, {}, '/srv/app/data', 'data.folder'],
    [
      './data, where the variables are empty',
      undefined,
      { DATA_DIR: '', WAL_PATH: '' },
      '/srv/app/data',
      'data.folder',
    ],
    ['the folder that holds WAL_PATH', undefined, { WAL_PATH: '/var/lib/t/direct.wal' }, '/var/lib/t', 'WAL_PATH'],
    [
      'the default folder for the earlier default',
      undefined,
      { WAL_PATH: './data/direct_delivery.wal' },
      '/srv/app/data',
      'WAL_PATH',
    ],
    ['the working folder for a bare file name', undefined, { WAL_PATH: 'direct.wal' }, '/srv/app', 'WAL_PATH'],
    ['DATA_DIR before WAL_PATH', undefined, { DATA_DIR: '/d', WAL_PATH: '/w/x.wal' }, '/d', 'DATA_DIR'],
    ['DATA_DIR from the working folder', undefined, { DATA_DIR: '../d' }, '/srv/d', 'DATA_DIR'],
    ['--data-dir before all', 'f', { DATA_DIR: '/d', WAL_PATH: '/w/x.wal' }, '/srv/app/f', '--data-dir'],
  ])('is %s', (_, flag, env, folder, name) => {
    expect(locateDataFolder({ flag, env, cwd })).toMatchObject({ folder, origin: { name } });
  });

  it.each([
    ['--data-dir', '', {}],
    ['--data-dir', true, {}],
    ['--data-dir', 'a\0b', {}],
    ['DATA_DIR', undefined, { DATA_DIR: 'a\0b' }],
    ['WAL_PATH', undefined, { WAL_PATH: '/var/lib/t/' }],
    ['WAL_PATH', undefined, { WAL_PATH: '..' }],
    ['WAL_PATH', undefined, { WAL_PATH: 'data/..' }],
  ])('is refused by name when %s cannot say it (%j)', (name, flag, env) => {
    expect(() => locateDataFolder({ flag, env, cwd })).toThrow(new RegExp(`^INVALID_CONFIG: ${name} must`));
  });
});

describe('the admin socket', () => {
  it('stands in the data folder', () => {
    expect(adminSocketPath('/srv/app/data')).toBe('/srv/app/data/admin.sock');
  });

  it('may have 100 bytes, counted as bytes, and is refused beyond with a way out', () => {
    const folder = `/${'x'.repeat(88)}`;
    expect(Buffer.byteLength(adminSocketPath(folder))).toBe(100);
    expect(() => adminSocketPath(`${folder}x`)).toThrow(
      /^SOCKET_PATH_TOO_LONG: .* 101 bytes .*--data-dir or DATA_DIR.*symbolic link/,
    );
    expect(() => adminSocketPath(`/${'ä'.repeat(50)}`)).toThrow(/^SOCKET_PATH_TOO_LONG/);
  });
});
