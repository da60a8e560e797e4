// The life of a broker process: configuration, start, stop in order, and the ends that are not in order. Invariant: every
// way out has a bound, and none of them waits for somebody who reads the log.

import { readFileSync } from 'node:fs';
import { type Config, loadConfig } from '../../../internal/app/config/load.ts';
import { createLogger, endLog } from '../../../internal/app/log.ts';
import { type RunningBroker, runBroker } from '../../../internal/app/run-broker.ts';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { describeFailure, exitCodeOfError } from '../output/failure.ts';
import { dieBy, onStopSignals } from './stop-signals.ts';
import { onSupervisorGone, tellReady } from './supervised.ts';

/** What closing may take beyond the time for deliveries in flight. */
const CLOSE_MS = 5_000;
const LOG_MS = 500;

export interface BrokerCommand {
  /** As commander parsed them. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly adminOnly: boolean;
}

export async function runBrokerProcess({ flags, adminOnly }: BrokerCommand): Promise<never> {
  const config = configOf(flags);
  const logger = createLogger(config.log);
  const exit = async (code: ExitCode): Promise<never> => {
    await endLog(logger, LOG_MS);
    process.exit(code);
  };

  let running: RunningBroker | null = null;
  let failed = false;
  let stopAsked: string | null = null;
  const stop = (why: string): void => {
    stopAsked ??= why;
    if (running === null || failed) return;
    const broker = running;
    running = null;
    logger.info({ why }, 'stopping');
    const bound = setTimeout(() => {
      logger.error('the broker did not stop in time: it is ended; what was confirmed is safe');
      void exit(EXIT.failed);
    }, config.shutdown.drainTimeoutMs + CLOSE_MS);
    bound.unref();
    broker.stop().then(
      () => exit(EXIT.ok),
      (error: unknown) => {
        logger.error({ err: error }, 'the broker did not stop in order');
        return exit(EXIT.failed);
      },
    );
  };

  const onFatal = (error: TachyonError): void => {
    if (failed) return;
    failed = true;
    process.stderr.write(`${describeFailure(error)}\n`);
    void exit(EXIT.failed);
  };
  process.on('uncaughtException', (error) => {
    // Whatever was under way is unknown: nothing more is said to anybody, and the journal holds what was confirmed.
    process.stderr.write(`${describeFailure(error)}\n`);
    logger.fatal({ err: error }, 'a fault of the program: the broker ends');
    process.exit(EXIT.internal);
  });
  onStopSignals({ first: (signal) => stop(signal), again: dieBy });
  onSupervisorGone(() => stop('the supervisor is gone'));

  try {
    running = await runBroker({ config, logger, adminOnly, onFatal: (error) => onFatal(error as TachyonError) });
  } catch (error) {
    process.stderr.write(`${describeFailure(error)}\n`);
    return exit(exitCodeOfError(error));
  }
  tellReady({ endpoints: running.endpoints, dataFolder: running.dataFolder });
  if (stopAsked !== null) stop(stopAsked);
  return new Promise<never>(() => undefined);
}

/** Whatever is wrong with a setting, and whichever code says so, nothing was opened: the exit code is that of usage. */
function configOf(flags: BrokerCommand['flags']): Config {
  try {
    const readFile = (path: string): string => readFileSync(path, 'utf8');
    return loadConfig({ flags, env: process.env, cwd: process.cwd(), readFile }).config;
  } catch (error) {
    if (!(error instanceof TachyonError)) throw error;
    process.stderr.write(`${describeFailure(error)}\n`);
    return process.exit(EXIT.usage);
  }
}
