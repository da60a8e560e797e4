// One broker process: locks the data folder, opens and recovers, binds, says that it is ready, and ends in order. This
// is the only place where the parts of the real broker are put together.

import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import { decompressBlockBE, decompressBlockLE } from '../../pkg/encoding/index.ts';
import { LoopDelay } from '../../pkg/metrics/loop-delay.ts';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import { VERSION } from '../../pkg/protocol/version.ts';
import type { Command } from '../domain/command.ts';
import { DEFAULT_LIMITS, type Limits } from '../domain/limits.ts';
import type { QueuePolicy } from '../domain/queue-policy.ts';
import { FastPath } from '../media/fast-path.ts';
import { FileAuditStore } from '../repository/audit/file-audit-store.ts';
import { FileCheckpointStore } from '../repository/checkpoint/file-checkpoint-store.ts';
import { MemoryCheckpointStore } from '../repository/checkpoint/memory-checkpoint-store.ts';
import { ensureDataFolder } from '../repository/disk/data-folder.ts';
import { acquireFolderLock, type FolderLock } from '../repository/disk/folder-lock.ts';
import { NodeDisk } from '../repository/disk/node-disk.ts';
import { openJournal } from '../repository/journal/open-journal.ts';
import { MemoryAuditStore } from '../repository/memory/memory-audit-store.ts';
import { MemoryJournal } from '../repository/memory/memory-journal.ts';
import { RadixRouteIndex } from '../repository/routes/radix-route-index.ts';
import { logAction } from './action-log.ts';
import { AuditHeads } from './audit-heads.ts';
import type { Config } from './config/load.ts';
import { prioritiesOf } from './config/priority-schema.ts';
import { cronCalendar } from './cron-calendar.ts';
import { Engine } from './engine.ts';
import type { EngineSettings } from './engine-settings.ts';
import { catalogCommand, importCommand, readImportFile } from './import-files.ts';
import { MessageLog } from './message-log.ts';
import { Monitoring } from './metrics/monitoring.ts';
import { systemChance, systemClock, systemHash, systemSoon, systemTimers } from './node-world.ts';
import { logObservation } from './observation-log.ts';
import { loggedOperators } from './operator-log.ts';
import { pressureLimits } from './pressure-limits.ts';
import { Tracing } from './tracing/tracing.ts';
import { type Doors, openDoors } from './transports.ts';
import type { SoundJournal, World } from './world.ts';

const JOURNAL_RETRY_MS = 1_000;
const READ_CHUNK_BYTES = 1024 * 1024;
const LINGER_MS = 500;
const DRAIN_LOOK_MS = 20;
const RECONNECT_AFTER_MS = 1_000;
/** A broker without a disk holds at most this much. */
const MEMORY_BYTES_MAX = 1024 * 1024 * 1024;

export interface BrokerProcessOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Only the admin endpoint: for repairs while no client may come in. */
  readonly adminOnly: boolean;
  /** Called when the journal failed: nothing may be confirmed any more. */
  readonly onFatal: (error: Error) => void;
}

export interface RunningBroker {
  readonly endpoints: {
    readonly router: string | null;
    readonly pub: string | null;
    readonly admin: string;
    /** Null while it is off. */
    readonly metrics: string | null;
  };
  readonly dataFolder: string;
  /** Lets what is under way end, within the configured bound, and closes everything in order. */
  stop(): Promise<void>;
}

export async function runBroker(options: BrokerProcessOptions): Promise<RunningBroker> {
  const { config, logger } = options;
  const startedMs = performance.now();
  const lock = await acquireFolderLock(config.data.folder);
  try {
    return await openBroker(options, lock, startedMs);
  } catch (error) {
    lock.release();
    logger.debug('the data folder was released');
    throw error;
  }
}

async function openBroker(options: BrokerProcessOptions, lock: FolderLock, startedMs: number): Promise<RunningBroker> {
  const { config, logger, adminOnly } = options;
  const delay = new LoopDelay();
  const endpoints = {
    router: null as string | null,
    pub: null as string | null,
    admin: `ipc://${config.admin.socketPath}`,
    metrics: null as string | null,
  };
  const monitoring = new Monitoring({
    metrics: config.metrics,
    adminOnly,
    auditBytesMax: boundOf(config.audit.bytesMax),
    onFault: (error) => logger.error({ err: error }, 'a page of health or metrics could not be made'),
    delay,
  });
  const heads = new AuditHeads({
    place: config.audit.headsTo,
    onFailure: (error) => logger.warn({ err: error }, 'a head of the audit log could not be sent; it is tried again'),
  });
  const fastPath = await openFastPath(config.fastpath);
  const tracing = await openTracing(options);
  const doors = await openDoors(config, adminOnly);
  const messageLog = new MessageLog({ logger, timers: systemTimers });
  const listened = monitoring.world(messageLog.world({ ...realWorld(options, heads, doors), fastPath }));
  const world = tracing?.world(listened) ?? listened;
  const engine = new Engine({
    world,
    routeIndex: new RadixRouteIndex(),
    settings: engineSettings(config),
    about: () => ({
      version: VERSION,
      pid: process.pid,
      uptime_ms: Math.round(performance.now() - startedMs),
      data_folder: config.data.folder,
      endpoints,
      fanout_dropped: engine.fanoutDropped,
      fastpath: fastPath.status,
      tracing: { endpoint: config.tracing.endpoint, ...Tracing.statusOf(tracing) },
      event_loop_p99_ms: round(delay.read().p99Ms),
      rss_bytes: process.memoryUsage.rss(),
    }),
    importFile: (kind, path, request) => importCommand(kind, path, request, config.wire.messageBytesMax),
  });
  monitoring.serve(engine);
  messageLog.serve(engine);
  try {
    await engine.start(await catalogImport(config, logger));
    endpoints.metrics = await monitoring.open();
  } catch (error) {
    fastPath.close();
    messageLog.close();
    await monitoring.close();
    await engine.stop(0).catch((also: unknown) => logger.debug({ err: also }, 'closing after a failed start'));
    throw error;
  }
  endpoints.router = world.router?.address ?? null;
  endpoints.pub = world.pub?.address ?? null;
  logger.info(
    {
      ...endpoints,
      dataFolder: config.data.folder,
      durability: engine.journal.durability,
      epoch: engine.state.epoch,
      recoveredEvents: engine.recovered.events,
      messages:
        engine.state.queues.size === 0
          ? 0
          : [...engine.state.queues.values()].reduce((sum, queue) => sum + queue.depth, 0),
      adminOnly,
      readyMs: Math.round(performance.now() - startedMs),
    },
    'ready',
  );
  return {
    endpoints,
    dataFolder: config.data.folder,
    stop: () =>
      stopBroker(engine, options, lock, async () => {
        delay.close();
        fastPath.close();
        await monitoring.close();
        await tracing?.close();
        await heads.close();
      }),
  };
}

/** Throws SIDECAR_UNAVAILABLE where one is required and is not there. */
async function openFastPath({ enabled, socketPath, ...rules }: Config['fastpath']): Promise<FastPath> {
  const fastPath = new FastPath({ ...rules, sidecar: enabled ? { socketPath } : null });
  await fastPath.open();
  return fastPath;
}

const openTracing = ({ config, logger }: BrokerProcessOptions): Promise<Tracing | null> =>
  Tracing.open({
    ...config.tracing,
    onLost: (lost, error) => logger.warn({ err: error, ...lost }, 'spans could not be sent; they are lost'),
  });

async function stopBroker(
  engine: Engine,
  { config, logger }: BrokerProcessOptions,
  lock: FolderLock,
  after: () => Promise<void>,
): Promise<void> {
  const untilMs = performance.now() + config.shutdown.drainTimeoutMs;
  logger.info({ leased: engine.state.leases.size }, 'draining');
  engine.drain(RECONNECT_AFTER_MS);
  while (!engine.quiet && performance.now() < untilMs)
    await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS));
  await new Promise<void>((resolve) => engine.checkpoint(resolve));
  await engine.stop(LINGER_MS);
  await after();
  rmSync(config.admin.socketPath, { force: true });
  lock.release();
  const lost = engine.desks.reduce((sum, { counters }) => sum + counters.lostAtHandOver, 0);
  const level = lost === 0 ? 'info' : 'warn';
  logger[level]({ leased: engine.state.leases.size, lostAtHandOver: lost }, 'stopped');
}

/** A catalog that is there is imported once; one that was named and is not there is a mistake. */
async function catalogImport(config: Config, logger: Logger): Promise<Command[]> {
  const path = config.routes.catalogPath;
  let bytes: Uint8Array;
  try {
    bytes = await readImportFile(path);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    logger.debug({ path }, 'no route catalog to import');
    return [];
  }
  const { command, refused } = catalogCommand(bytes, path, { actor: 'startup', reason: `import of ${path}` }, null);
  if (refused.length > 0) logger.warn({ path, refused }, 'routes of the catalog that have no effect here');
  return [command];
}

function realWorld({ config, logger, onFatal }: BrokerProcessOptions, heads: AuditHeads, doors: Doors): World {
  const { enabled, segmentBytesMax, tailCacheBytes } = config.journal;
  const disk = enabled ? new NodeDisk(config.data.folder) : null;
  return {
    clock: systemClock,
    timers: systemTimers,
    soon: systemSoon,
    chance: systemChance,
    calendar: cronCalendar(),
    hash: systemHash,
    memoryBytes: () => process.memoryUsage.rss(),
    observe: (observation) => logObservation(logger, observation),
    openJournal: () =>
      disk === null
        ? memoryJournal()
        : openJournal({
            disk,
            folder: config.data.folder,
            timers: systemTimers,
            salt: () => randomBytes(4).readUInt32LE(),
            segmentBytes: segmentBytesMax,
            tailCacheBytes,
            diskBytesMax: config.journal.diskBytesMax,
            retryMs: JOURNAL_RETRY_MS,
          }),
    checkpoints: disk === null ? new MemoryCheckpointStore() : new FileCheckpointStore(disk),
    audit: disk === null ? new MemoryAuditStore((line) => logAction(logger, line)) : auditStore(config, heads, logger),
    ...doors,
    admin: loggedOperators(doors.admin, logger),
    decompressBE: decompressBlockBE,
    decompress: (bytes) => {
      const plain = decompressBlockLE(bytes, config.wire.messageBytesMax);
      return plain instanceof Uint8Array ? plain : null;
    },
    fail: (error) => {
      logger.fatal({ err: error }, 'the journal failed: nothing is confirmed any more');
      onFatal(new TachyonError('DISK_FAILED', error.message, { cause: error }));
    },
  };
}

/** The audit log has a folder of its own in the data folder. */
function auditStore({ data, audit }: Config, heads: AuditHeads, logger: Logger): FileAuditStore {
  const disk = new NodeDisk(ensureDataFolder(join(data.folder, 'audit')));
  return new FileAuditStore({
    disk,
    onHead: (head) => heads.send(head),
    onLine: (line) => logAction(logger, line),
    ageMs: boundOf(audit.ageMs),
    bytesMax: boundOf(audit.bytesMax),
  });
}

function memoryJournal(): SoundJournal {
  const journal = new MemoryJournal({ timers: systemTimers, bytesMax: MEMORY_BYTES_MAX });
  return {
    lastTimeMs: 0,
    replay: () => {},
    retain: (position, bytes, entries) => journal.retain(position, bytes, entries),
    release: (position, bytes, entries) => journal.release(position, bytes, entries),
    start: () => journal,
  };
}

function engineSettings(config: Config): EngineSettings {
  const { delivery, sessions, producers, queues, routes, wire, journal } = config;
  const { quotas, overload } = pressureLimits(config);
  const limits: Limits = {
    queuesMax: queues.max,
    schedulesMax: queues.schedulesMax,
    routesMax: routes.max,
    producersMax: producers.max,
    sessionsMax: sessions.max,
    deadLettersMax: queues.deadLettersMax,
    deadLetterBytesMax: queues.deadLetterBytesMax === 0 ? Number.POSITIVE_INFINITY : queues.deadLetterBytesMax,
    deadLetterAgeMs: queues.deadLetterAgeMs === 0 ? Number.POSITIVE_INFINITY : queues.deadLetterAgeMs,
    deadLettersFull: queues.deadLettersFull,
    windowMessagesMax: delivery.windowMessagesMax,
    windowBytesMax: delivery.windowBytesMax,
    producerExpireMs: producers.expireMs,
    queueExpireMs: queues.expireMs === 0 ? Number.POSITIVE_INFINITY : queues.expireMs,
    sessionGraceMs: sessions.graceMs,
    // A segment that takes the largest message takes such a batch, too.
    batchBytesMax: Math.min(DEFAULT_LIMITS.batchBytesMax, wire.messageBytesMax),
    quotas,
    overload,
  };
  const defaultPolicy: QueuePolicy = {
    leaseMs: delivery.leaseMs,
    attemptsMax: delivery.attemptsMax,
    returnsMax: delivery.returnsMax,
    backoffInitialMs: delivery.backoffInitialMs,
    backoffMaxMs: delivery.backoffMaxMs,
    backoffFactor: delivery.backoffFactor,
    backoffJitter: delivery.backoffJitter,
  };
  return {
    limits,
    defaultPolicy,
    priorities: prioritiesOf(config.priorities),
    server: `tachyon/${VERSION}`,
    heartbeatMs: sessions.heartbeatIntervalMs,
    heartbeatMisses: sessions.heartbeatMisses,
    legacyBodies: wire.legacyBodies,
    trustTenants: wire.trustClientTenant,
    messageBytesMax: wire.messageBytesMax,
    pubForm: wire.pubForm,
    readCacheBytes: journal.readCacheBytes,
    readChunkBytes: READ_CHUNK_BYTES,
    checkpointBytes: journal.checkpointBytes,
    segmentBytes: journal.segmentBytesMax,
    auditSealMs: config.audit.sealMs,
    loadEveryMs: config.overload.intervalMs,
  };
}

/** Of a setting whose zero means that there is none. */
const boundOf = (value: number): number => (value === 0 ? Number.POSITIVE_INFINITY : value);

const round = (value: number): number => Math.round(value * 100) / 100;
