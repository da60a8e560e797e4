// The token of a gateway for which nobody set one: made once, kept in the data folder with mode 0600, and the same after
// every restart, so that pages and scripts on this machine go on working.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import { freshToken } from './token-file.ts';

const FILE_NAME = 'gateway-token';
const TOKEN = /^tgw_[A-Za-z0-9_-]{43}$/;

export interface OwnToken {
  readonly token: string;
  readonly path: string;
}

/** Reads the token of the data folder, or makes it. Throws DATA_DIR_UNUSABLE, or INVALID_CONFIG for a spoilt file. */
export function ownToken(dataFolder: string): OwnToken {
  const path = join(dataFolder, FILE_NAME);
  try {
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
    const token = freshToken();
    writeFileSync(path, `${token}\n`, { flag: 'wx', mode: 0o600 });
    return { token, path };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new TachyonError('DATA_DIR_UNUSABLE', `${path} cannot be written`, { cause });
    }
  }
  const token = readFileSync(path, 'utf8').trim();
  if (!TOKEN.test(token)) {
    throw new TachyonError('INVALID_CONFIG', `${path} does not hold a token of the gateway: remove it`);
  }
  return { token, path };
}
