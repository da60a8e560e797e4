// What the broker says of itself, or, where none answers, whether one could start here; and the state of the audit log.

import { createServer } from 'node:net';
import { join } from 'node:path';
import { type AdminClient, openAdmin } from '../../../pkg/client/admin.ts';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { isObject, type JsonObject } from '../../../pkg/protocol/json.ts';
import { verifyFolder } from '../audit/verify-folder.ts';
import { duration } from '../output/cell.ts';
import { UsageError } from '../output/failure.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const ANSWER_MS = 3_000;

export interface BrokerPlace {
  readonly socketPath: string;
  readonly folder: string;
  /** Where a broker of these settings would listen. */
  readonly endpoints: readonly string[];
}

export async function broker({ socketPath, folder, endpoints }: BrokerPlace): Promise<readonly Finding[]> {
  try {
    const admin = await openAdmin({ socketPath, timeoutMs: ANSWER_MS });
    try {
      return await running(admin);
    } finally {
      await admin.close();
    }
  } catch (error) {
    if (!(error instanceof TachyonError)) throw error;
    if (error.code !== 'BROKER_UNREACHABLE') {
      const next = 'see its log; a broker that hangs can be ended with kill -9, and loses nothing that was confirmed';
      return [fail('broker', `it does not answer: ${error.detail}`, next)];
    }
    const absent = warn('broker', `nobody listens on ${socketPath}`, 'tachyon up');
    return [absent, ...(await Promise.all(endpoints.map(addressOf))), await auditAtRest(join(folder, 'audit'))];
  }
}

async function running(admin: AdminClient): Promise<readonly Finding[]> {
  const status = objectOf(await admin.request('status'));
  const audit = objectOf(await admin.request('audit.status'));
  const { version, pid, uptime_ms: uptime } = status;
  const upFor = typeof uptime === 'number' ? duration(uptime) : '-';
  return [
    ok('broker', `version ${String(version)}, pid ${String(pid)}, up for ${upFor}`),
    journal(status),
    auditOf(audit),
  ];
}

function journal(status: JsonObject): Finding {
  const { blocked, sync_p99_ms: sync } = objectOf(status['journal']);
  if (blocked !== null && blocked !== undefined) {
    return fail(
      'journal',
      `no further file can be prepared: ${typeof blocked === 'string' ? blocked : JSON.stringify(blocked)}`,
      'make room: docs/operations.md tells how',
    );
  }
  return ok('journal', typeof sync === 'number' ? `sync p99 ${sync} ms` : 'in memory only');
}

function auditOf({ state, entries }: JsonObject): Finding {
  if (state === 'ok') return ok('audit log', `${String(entries)} entries`);
  return fail(
    'audit log',
    String(state),
    'tachyon audit verify says where; operators can change nothing until it is mended',
  );
}

/** Without a broker its files are gone through. */
async function auditAtRest(folder: string): Promise<Finding> {
  try {
    const { ok: isSound, entries, detail } = await verifyFolder({ folder, headFiles: [], keyFile: null });
    if (isSound) return ok('audit log', `${entries} entries, verified`);
    return fail(
      'audit log',
      detail,
      'keep a copy of the folder; compare with heads that were kept elsewhere (tachyon audit verify --head)',
    );
  } catch (error) {
    if (error instanceof UsageError) return ok('audit log', 'there is none yet');
    throw error;
  }
}

/** Whether a broker could listen there. */
function addressOf(endpoint: string): Promise<Finding> {
  const [, host = '', port = ''] = /^tcp:\/\/\[?([^\]]*?)\]?:(\d+)$/.exec(endpoint) ?? [];
  if (port === '' || port === '0') return Promise.resolve(ok('address', endpoint));
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      const next = 'stop what listens there, or choose another with --router and --pub';
      resolve(fail('address', `${endpoint}: ${code === 'EADDRINUSE' ? 'another process listens there' : code}`, next));
    });
    server.listen({ host: host === '*' ? '::' : host, port: Number(port) }, () => {
      server.close(() => resolve(ok('address', `${endpoint} is free`)));
    });
  });
}

const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
