// The one rule by which broker, command line and gateway find the data folder and the admin socket in it: the flag,
// else DATA_DIR, else the folder that holds WAL_PATH, else ./data. The configuration file has no say in it, because
// a command that only wants to reach the broker does not read that file.

import { dirname, resolve } from 'node:path';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import type { Origin } from './origin.ts';
import { isPath, SOCKET_PATH_BYTES_MAX } from './paths.ts';

export const DEFAULT_DATA_FOLDER = './data';
const ADMIN_SOCKET_NAME = 'admin.sock';

export interface DataFolderSources {
  /** What `--data-dir` says; absent when the flag was not given. */
  readonly flag?: unknown;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

export interface DataFolder {
  /** Absolute. */
  readonly folder: string;
  readonly origin: Origin;
}

const checked = (name: string, value: unknown): string => {
  if (typeof value === 'string' && isPath(value)) return value;
  throw new TachyonError('INVALID_CONFIG', `${name} must be the path of a folder`);
};

/** Finds the data folder without touching the disk. Throws INVALID_CONFIG with the name of what is wrong. */
export const locateDataFolder = ({ flag, env, cwd }: DataFolderSources): DataFolder => {
  if (flag !== undefined)
    return { folder: resolve(cwd, checked('--data-dir', flag)), origin: { from: 'flag', name: '--data-dir' } };

  const dataDir = env['DATA_DIR'] ?? '';
  if (dataDir !== '')
    return { folder: resolve(cwd, checked('DATA_DIR', dataDir)), origin: { from: 'env', name: 'DATA_DIR' } };

  const walPath = env['WAL_PATH'] ?? '';
  if (walPath !== '') {
    if (!isPath(walPath) || /[\\/]\.{0,2}$|^\.{1,2}$/.test(walPath)) {
      throw new TachyonError(
        'INVALID_CONFIG',
        'WAL_PATH must name a file: its folder is the data folder; DATA_DIR names the folder itself',
      );
    }
    return { folder: resolve(cwd, dirname(walPath)), origin: { from: 'env', name: 'WAL_PATH' } };
  }
  return { folder: resolve(cwd, DEFAULT_DATA_FOLDER), origin: { from: 'default', name: 'data.folder' } };
};

/** The admin socket of a data folder. Throws SOCKET_PATH_TOO_LONG where the system could not bind it. */
export const adminSocketPath = (folder: string): string => {
  const socket = resolve(folder, ADMIN_SOCKET_NAME);
  const length = Buffer.byteLength(socket);
  if (length <= SOCKET_PATH_BYTES_MAX) return socket;
  throw new TachyonError(
    'SOCKET_PATH_TOO_LONG',
    `the admin socket ${socket} has ${length} bytes and may have ${SOCKET_PATH_BYTES_MAX}: choose a shorter data folder ` +
      'with --data-dir or DATA_DIR, or name a symbolic link to it there',
  );
};
