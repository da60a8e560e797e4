// What a broker needs of the machine: Node, files that it may open, a clock, a folder, room on its disk. Nothing is
// changed by looking.

import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SOCKET_PATH_BYTES_MAX } from '../../../internal/app/config/paths.ts';
import { bytes } from '../output/cell.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const NODE_MIN = [20, 19] as const;
const OPEN_FILES_FEW = 4_096;
const OPEN_FILES_MIN = 256;
const CLOCK_SLACK_MS = 5_000;
/** Before this nothing of this program was written. */
const EARLIEST_MS = Date.UTC(2026, 0, 1);

export function node(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < NODE_MIN[0] || (major === NODE_MIN[0] && minor < NODE_MIN[1]);
  if (isOld) return fail('node', `version ${version}`, `install Node ${NODE_MIN.join('.')} or newer`);
  return ok('node', `version ${version}`);
}

/** As a shell started from here would have it. */
export function openFiles(limit = softLimit()): Finding {
  const next = `raise it: ulimit -n 65536, or LimitNOFILE= of a systemd unit`;
  if (limit === null) return warn('open files', 'the limit is not known here', next);
  if (limit < OPEN_FILES_MIN) return fail('open files', `at most ${limit}`, next);
  if (limit < OPEN_FILES_FEW) return warn('open files', `at most ${limit}: each connection takes one`, next);
  return ok('open files', limit === Number.POSITIVE_INFINITY ? 'no limit' : `at most ${limit}`);
}

function softLimit(): number | null {
  try {
    const text = execFileSync('/bin/sh', ['-c', 'ulimit -n'], { encoding: 'utf8', timeout: 2_000 }).trim();
    if (text === 'unlimited') return Number.POSITIVE_INFINITY;
    return /^\d+$/.test(text) ? Number(text) : null;
  } catch {
    return null;
  }
}

/** A clock that was set back shows by files that are younger than now. */
export function clock(folder: string, nowMs: number): Finding {
  const shown = new Date(nowMs).toISOString();
  const next = 'set the clock (NTP): timestamps, ages and the audit log go by it';
  if (nowMs < EARLIEST_MS) return fail('clock', `it says ${shown}`, next);
  const newest = newestMs(folder);
  if (newest > nowMs + CLOCK_SLACK_MS) {
    return warn(
      'clock',
      `it says ${shown}, and a file of the data folder is of ${new Date(newest).toISOString()}`,
      next,
    );
  }
  return ok('clock', shown);
}

function newestMs(folder: string): number {
  try {
    const times = readdirSync(folder).map(
      (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    );
    return times.reduce((a, b) => Math.max(a, b), 0);
  } catch {
    return 0;
  }
}

export function dataFolder(folder: string): Finding {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) {
    const parent = existing(folder);
    if (isUsable(parent)) return ok('data folder', `${folder} is not there yet: the first start makes it`);
    return fail('data folder', `${parent} cannot be written`, 'choose another with --data-dir or DATA_DIR');
  }
  if (!stat.isDirectory())
    return fail('data folder', `${folder} is no folder`, 'choose another with --data-dir or DATA_DIR');
  if (!isUsable(folder)) {
    return fail('data folder', `${folder} cannot be read and written`, 'let its owner be the user of the broker');
  }
  const mode = stat.mode & 0o777;
  if ((mode & 0o077) === 0) return ok('data folder', folder);
  return warn('data folder', `${folder} is open to others (mode ${mode.toString(8)})`, `chmod 700 ${folder}`);
}

export function diskRoom(folder: string, segmentBytes: number): Finding {
  const { bavail, blocks, bsize } = statfsSync(existing(folder));
  const free = bavail * bsize;
  const detail = `${bytes(free)} free of ${bytes(blocks * bsize)}`;
  const next = 'make room, or choose another disk with --data-dir';
  // One segment that is written, and one that is prepared beside it.
  if (free < 2 * segmentBytes) return fail('disk room', `${detail}: less than two journal files`, next);
  if (free < 16 * segmentBytes) return warn('disk room', `${detail}: less than 16 journal files`, next);
  return ok('disk room', detail);
}

export function socketPath(path: string): Finding {
  const length = Buffer.byteLength(path);
  if (length <= SOCKET_PATH_BYTES_MAX) return ok('socket path', `${length} of ${SOCKET_PATH_BYTES_MAX} bytes`);
  const next = 'choose a shorter data folder, or name a symbolic link to it';
  return fail('socket path', `${path} has ${length} bytes and may have ${SOCKET_PATH_BYTES_MAX}`, next);
}

/** The folder, or the nearest above it that is there. */
function existing(folder: string): string {
  let at = folder;
  while (at !== dirname(at) && statSync(at, { throwIfNoEntry: false }) === undefined) at = dirname(at);
  return at;
}

function isUsable(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
