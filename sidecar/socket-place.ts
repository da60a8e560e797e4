// The path of the sidecar's socket: who may have it, and that it stays ours. Invariants: the socket is never open to
// another user, not for a moment; a live sidecar is never pushed aside; nothing that is no socket is ever removed.
//
// A socket file says nothing about who made it, so a dead one is told from a live one by connecting. Two that start at
// one time can both find it dead; the one whose file is replaced by the other's notices, and gives way. The socket is
// made under another name and moved to its place: a server that closes removes the file of the name that it listened
// on, whosever that is by then.

import { chmodSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { TachyonError } from '../pkg/protocol/errors.ts';

const SOCKET_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** No bits for others and for the group, from the moment that the file is there. */
const SOCKET_UMASK = 0o177;
const KNOCK_MS = 2_000;

/** Which file it is: its number is not given to another one while our server holds it. */
type Mark = string;

let made = 0;

/** Takes the path for this server. Throws ADDRESS_IN_USE or DATA_DIR_UNUSABLE with the path in its words. */
export async function listenAt(server: Server, path: string): Promise<Mark> {
  mkdirOrThrow(dirname(path));
  if (isThere(path) && (await isLive(path)))
    throw new TachyonError('ADDRESS_IN_USE', `another sidecar listens on ${path}`);
  // No longer than the name that it stands for, so that it fits where that does.
  const maiden = join(dirname(path), `.${process.pid.toString(36)}${(made++ % 36).toString(36)}`);
  rmSync(maiden, { force: true });
  await bind(server, maiden);
  const mark = markOf(maiden);
  if (mark === null) throw new TachyonError('DATA_DIR_UNUSABLE', `${maiden} vanished while it was made`);
  renameSync(maiden, path);
  return mark;
}

/** Whose the file at the path is now. */
export function lookAt(path: string, mark: Mark): 'ours' | 'gone' | 'taken' {
  const now = markOf(path);
  if (now === null) return 'gone';
  return now === mark ? 'ours' : 'taken';
}

function mkdirOrThrow(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  } catch (error) {
    throw new TachyonError('DATA_DIR_UNUSABLE', `${folder}: ${(error as Error).message}`, { cause: error });
  }
}

function isThere(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  if (!stat.isSocket()) throw new TachyonError('ADDRESS_IN_USE', `${path} is there, and it is no socket`);
  return true;
}

/** Whether somebody takes connections there, or at least holds it: one that is stopped is not dead. */
function isLive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (live: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(live);
    };
    const timer = setTimeout(() => end(true), KNOCK_MS);
    socket.once('connect', () => end(true));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => end(code !== 'ECONNREFUSED' && code !== 'ENOENT'));
  });
}

function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const code = error.code === 'EADDRINUSE' ? 'ADDRESS_IN_USE' : 'DATA_DIR_UNUSABLE';
      reject(new TachyonError(code, `${path}: ${error.message}`, { cause: error }));
    };
    server.once('error', fail);
    // The file is made inside of this call, so the mask holds for it and for nothing else.
    const before = process.umask(SOCKET_UMASK);
    try {
      server.listen({ path }, () => {
        server.off('error', fail);
        resolve();
      });
    } finally {
      process.umask(before);
    }
    if (server.listening) chmodSync(path, SOCKET_MODE);
  });
}

function markOf(path: string): Mark | null {
  const stat = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
}
