// The life of a sidecar process: settings, start, stop in order, and the ends that are not in order. Invariant: every way
// out has a bound.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { type Config, loadConfig } from '../../../internal/app/config/load.ts';
import { SOCKET_PATH_BYTES_MAX } from '../../../internal/app/config/paths.ts';
import { createLogger, endLog } from '../../../internal/app/log.ts';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import {
  CONNECTION_BYTES_MIN,
  type RunningSidecar,
  type SidecarObservation,
  startSidecar,
} from '../../../sidecar/server.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { describeFailure, exitCodeOfError, FailureWithNextStep, UsageError } from '../output/failure.ts';
import { dieBy, onStopSignals } from './stop-signals.ts';
import { onSupervisorGone, tellSidecarReady } from './supervised.ts';

export interface SidecarCommandOptions {
  readonly dataDir?: string;
  readonly config?: string;
  readonly socket?: string;
  readonly workers?: number;
  readonly memoryBytes?: number;
  readonly logLevel?: string;
  readonly logPretty?: string | true;
}

const LOG_MS = 500;
const WORKERS_MAX = 256;

export async function runSidecarProcess(options: SidecarCommandOptions): Promise<never> {
  const { config, socketPath } = settingsOf(options);
  const logger = createLogger(config.log);
  const exit = async (code: ExitCode): Promise<never> => {
    await endLog(logger, LOG_MS);
    process.exit(code);
  };

  let running: RunningSidecar | null = null;
  let stopAsked: string | null = null;
  const stop = (why: string): void => {
    stopAsked ??= why;
    if (running === null) return;
    const sidecar = running;
    running = null;
    logger.info({ why, heldBytes: sidecar.heldBytes, connections: sidecar.connections }, 'stopping');
    void sidecar.stop(config.shutdown.drainTimeoutMs).then(() => {
      logger.info('stopped');
      return exit(EXIT.ok);
    });
  };
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${describeFailure(error)}\n`);
    logger.fatal({ err: error }, 'a fault of the program: the sidecar ends');
    process.exit(EXIT.internal);
  });
  onStopSignals({ first: (signal) => stop(signal), again: dieBy });
  onSupervisorGone(() => stop('the supervisor is gone'));

  try {
    running = await startSidecar({
      socketPath,
      ...(options.workers === undefined ? {} : { workers: options.workers }),
      ...(options.memoryBytes === undefined ? {} : { totalBytesMax: options.memoryBytes }),
      observe: (observation) => {
        logObservation(logger, observation);
        if (observation.type !== 'socket-taken') return;
        process.stderr.write(`${describeFailure(withNextStep(observation.error))}\n`);
        void exit(exitCodeOfError(observation.error));
      },
    });
  } catch (error) {
    process.stderr.write(`${describeFailure(withNextStep(error))}\n`);
    return exit(exitCodeOfError(error));
  }
  tellSidecarReady();
  const { workers, totalBytesMax } = running;
  logger.info({ socket: socketPath, workers, memoryBytes: totalBytesMax }, 'ready');
  if (stopAsked !== null) stop(stopAsked);
  return new Promise<never>(() => undefined);
}

const withNextStep = (error: unknown): unknown =>
  error instanceof TachyonError && error.code === 'ADDRESS_IN_USE'
    ? new FailureWithNextStep(error, 'use that one, or name another socket with --socket or FASTPATH_SOCKET_PATH')
    : error;

/** The settings of the broker: one configuration for both. Whatever is wrong with it, nothing was opened. */
function settingsOf(options: SidecarCommandOptions): { readonly config: Config; readonly socketPath: string } {
  const { socket, workers, memoryBytes, ...flags } = options;
  try {
    if (workers !== undefined && (workers < 1 || workers > WORKERS_MAX))
      throw new UsageError(`--workers must be from 1 to ${WORKERS_MAX}, not ${workers}`);
    if (memoryBytes !== undefined && memoryBytes < CONNECTION_BYTES_MIN)
      throw new UsageError(`--memory-bytes must be at least ${CONNECTION_BYTES_MIN}, not ${memoryBytes}`);
    const readFile = (path: string): string => readFileSync(path, 'utf8');
    const { config } = loadConfig({ flags, env: process.env, cwd: process.cwd(), readFile });
    const socketPath = socket === undefined ? config.fastpath.socketPath : resolve(socket);
    const length = Buffer.byteLength(socketPath);
    if (length > SOCKET_PATH_BYTES_MAX) {
      const detail = `the socket ${socketPath} has ${length} bytes and may have ${SOCKET_PATH_BYTES_MAX}: name a shorter one with --socket`;
      throw new TachyonError('INVALID_CONFIG', detail);
    }
    return { config, socketPath };
  } catch (error) {
    if (!(error instanceof TachyonError) && !(error instanceof UsageError)) throw error;
    process.stderr.write(`${describeFailure(error)}\n`);
    return process.exit(EXIT.usage);
  }
}

function logObservation(logger: Logger, observation: SidecarObservation): void {
  switch (observation.type) {
    case 'worker-lost':
      return logger.error(
        { reason: observation.reason, busy: observation.busy },
        'a worker was lost; another one takes its place',
      );
    case 'socket-restored':
      return logger.warn({ socket: observation.path }, 'the socket was gone; it is there again');
    case 'socket-taken':
      return logger.fatal({ socket: observation.path, err: observation.error }, 'the socket cannot be kept');
  }
}
