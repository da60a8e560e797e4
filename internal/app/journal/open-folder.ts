// A data folder to read in, with or without a broker at work on it.

import { existsSync } from 'node:fs';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { NodeDisk } from '../../repository/disk/node-disk.ts';
import type { Disk } from '../../usecase/ports/disk.ts';

/** Throws DATA_DIR_UNUSABLE where none is; makes none. */
export function openFolder(folder: string): Disk {
  if (!existsSync(folder)) throw new TachyonError('DATA_DIR_UNUSABLE', `${folder} is not there`);
  return new NodeDisk(folder);
}
