// Every setting of the broker, grouped by theme: one strict schema from which the configuration, the reference, the
// examples and the flags are made. The keys are those of the configuration file. A name that the earlier system had
// stays; where its default would hurt a queue on disk, `earlier` says so.

import * as z from 'zod';
import { audit } from './audit-schema.ts';
import { DEFAULT_DATA_FOLDER } from './data-folder.ts';
import { delivery, producers, sessions } from './delivery-schema.ts';
import { fastpath } from './fastpath-schema.ts';
import { journal } from './journal-schema.ts';
import { limits } from './limits-schema.ts';
import { metrics } from './metrics-schema.ts';
import { overload } from './overload-schema.ts';
import { priorities } from './priority-schema.ts';
import { queues } from './queues-schema.ts';
import { automatic, choice, count, milliseconds, path } from './setting.ts';
import { tracing } from './tracing-schema.ts';
import { HOUR_MS } from './units.ts';
import { wire } from './wire-schema.ts';

const data = z.strictObject({
  folder: path(
    {
      env: 'DATA_DIR',
      flag: 'data-dir',
      text: 'Folder of the journal, the checkpoints and the admin socket; else the folder that holds WAL_PATH.',
    },
    DEFAULT_DATA_FOLDER,
    false,
  ),
});

const routes = z.strictObject({
  max: count({ env: 'MAX_ROUTES', text: 'Routes at one time.' }, { default: 200_000, min: 1, max: 2_000_000 }),
  catalogPath: path(
    {
      env: 'ROUTE_CATALOG_PATH',
      text: 'Routes imported at the start, where the file exists; it is never written.',
      earlier: { value: './data/routes.catalog.json' },
    },
    'routes.catalog.json in the data folder',
    true,
  ),
});

const shutdown = z.strictObject({
  drainTimeoutMs: milliseconds(
    {
      env: 'DRAIN_TIMEOUT_MS',
      text: 'Time for deliveries in flight to be settled after SIGTERM.',
      earlier: { value: '0, fixed', why: 'what was in flight was lost or sent twice' },
    },
    { default: 10_000, min: 0, max: HOUR_MS },
  ),
});

const log = z.strictObject({
  level: choice(
    { env: 'LOG_LEVEL', flag: 'log-level', text: 'Least severe line that is written.' },
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    'info',
  ),
  pretty: automatic({
    env: 'LOG_PRETTY',
    flag: 'log-pretty',
    text: 'Lines for people instead of JSON; auto: on a terminal.',
  }),
});

export const settingsSchema = z.strictObject({
  data,
  wire,
  journal,
  delivery,
  sessions,
  producers,
  queues,
  priorities,
  routes,
  limits,
  overload,
  audit,
  fastpath,
  shutdown,
  metrics,
  tracing,
  log,
});

/** What each group is about, for the reference and the examples. */
export const GROUP_TEXTS: Readonly<Record<keyof typeof settingsSchema.shape, string>> = {
  data: 'Data folder',
  wire: 'Endpoints and what may come in',
  journal: 'The journal and its memory',
  delivery: 'Leases, windows and retries, where a queue states no policy of its own',
  sessions: 'Consumers and their sessions',
  producers: 'Producers that said hello',
  queues: 'Queues and dead letters',
  priorities: 'Classes of messages',
  routes: 'Routes',
  limits: 'Quotas and throttles: what may lie in queues, and how fast messages may come and go',
  overload: 'What the broker refuses when it is overloaded',
  audit: 'The audit log',
  fastpath: 'The sidecar for large bodies',
  shutdown: 'Stopping',
  metrics: 'Health and metrics',
  tracing: 'Traces of messages',
  log: 'The log',
};

export type Settings = z.output<typeof settingsSchema>;
