// The files of a running broker, held still for a copy: pinned by a word to its admin endpoint, held longer as long as the
// copy takes, and let go. A copy that is ended by force is forgotten by the broker within the pin's time.

import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { HeldFiles } from '../../../internal/app/copy-running.ts';
import { type AdminClient, openAdmin } from '../../../pkg/client/admin.ts';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { isObject } from '../../../pkg/protocol/json.ts';
import { onStopSignals } from '../process/stop-signals.ts';

const SECONDS = 60;
const RENEW_MS = 15_000;
const TRIES = 20;
const TRY_MS = 250;

/**
 * Throws `locked` where nobody listens on the socket: the folder is in use by something that is no broker. TIMEOUT where
 * the broker does not answer, and its own refusals.
 */
export async function holdFiles(socketPath: string, locked: TachyonError): Promise<HeldFiles> {
  if (!existsSync(socketPath)) throw locked;
  const admin = await openAdmin({ socketPath }).catch((error: unknown) => {
    throw hung(error, locked);
  });
  try {
    return await held(admin, await pinned(admin, locked));
  } catch (error) {
    await admin.close();
    throw error;
  }
}

/** What works on the folder is there, or the lock would be free. */
function hung(error: unknown, locked: TachyonError): unknown {
  const isUnanswered = error instanceof TachyonError && ['BROKER_UNREACHABLE', 'TIMEOUT'].includes(error.code);
  return isUnanswered ? new TachyonError('TIMEOUT', `${locked.detail}; it does not answer`, { cause: error }) : error;
}

interface Pin {
  readonly name: string;
  readonly taken: Date;
  readonly extent: HeldFiles['extent'];
}

async function pinned(admin: AdminClient, locked: TachyonError): Promise<Pin> {
  for (let tries = 1; ; tries += 1) {
    const taken = new Date();
    try {
      return pinOf(await admin.request('journal.pin', { seconds: SECONDS }), taken);
    } catch (error) {
      const isBusy = error instanceof TachyonError && error.code === 'BUSY' && tries < TRIES;
      if (!isBusy) throw hung(error, locked);
    }
    await wait(TRY_MS);
  }
}

function pinOf(result: unknown, taken: Date): Pin {
  const fields = isObject(result) ? result : {};
  const number = (name: string): number => {
    const value = fields[name];
    if (typeof value === 'number') return value;
    throw new TachyonError('MALFORMED_CONTROL', `journal.pin was answered without "${name}"`);
  };
  const extent = {
    position: number('position'),
    firstSegment: number('first_segment'),
    lastSegment: number('last_segment'),
    lastBytes: number('last_bytes'),
  };
  const { pin: name } = fields;
  if (typeof name !== 'string') throw new TachyonError('MALFORMED_CONTROL', 'journal.pin was answered without "pin"');
  return { name, taken, extent };
}

async function held(admin: AdminClient, { name, taken, extent }: Pin): Promise<HeldFiles> {
  const ended = new AbortController();
  const renewal = setInterval(() => {
    admin.request('journal.pin', { pin: name, seconds: SECONDS }).catch((error: unknown) => {
      // One that was late is asked again; the pin lasts for several.
      if (!(error instanceof TachyonError && error.code === 'TIMEOUT')) ended.abort(error);
    });
  }, RENEW_MS);
  const stop = onStopSignals({
    first: (signal) => ended.abort(new TachyonError('BACKUP_FAILED', `it was ended by ${signal}`)),
    again: (signal) => ended.abort(new TachyonError('BACKUP_FAILED', `it was ended by ${signal}`)),
  });
  return {
    extent,
    taken,
    signal: ended.signal,
    release: async () => {
      clearInterval(renewal);
      stop();
      try {
        await admin.request('journal.unpin', { pin: name });
      } finally {
        await admin.close();
      }
    },
  };
}
