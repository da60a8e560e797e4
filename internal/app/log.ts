// The broker's log: JSON lines on standard output, and lines for people where that is a terminal. A line is a constant
// sentence and fields; payloads and tokens never appear. Nobody who reads slowly may hold up the broker: JSON lines
// wait in a bounded buffer, and those that find it full are dropped and counted. What waits at exit is written then.

import { createRequire } from 'node:module';
import { isatty } from 'node:tty';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { PrettyOptions } from 'pino-pretty';
import type { Config } from './config/load.ts';

const require = createRequire(import.meta.url);

/** Loaded where people look: a start in a container is 20 ms shorter. */
const pretty = (options: PrettyOptions): DestinationStream =>
  (require('pino-pretty') as (options: PrettyOptions) => DestinationStream)(options);

const STANDARD_OUTPUT = 1;

/** What may wait for a reader: about 10,000 lines. */
const BUFFER_BYTES_MAX = 4 * 1024 * 1024;

const SECRET_KEYS = [
  'token',
  'sessionToken',
  'session_token',
  'adminToken',
  'authorization',
  'password',
  'secret',
  'secretKey',
];
const PAYLOAD_KEYS = ['payload', 'body', 'payload_base64'];
const redacted = [...SECRET_KEYS, ...PAYLOAD_KEYS].flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

export interface LogOutput {
  /** Where lines go; standard output when not given. */
  readonly destination?: DestinationStream;
  /** Whether people look at it; asked of standard output when not given. */
  readonly terminal?: boolean;
}

/** True when lines are for people. */
export const isPretty = (log: Config['log'], terminal: boolean): boolean =>
  log.pretty === 'auto' ? terminal : log.pretty;

const prettyStream = (terminal: boolean, destination: DestinationStream | undefined): DestinationStream =>
  pretty({
    colorize: terminal,
    ignore: 'pid,name',
    translateTime: 'SYS:HH:MM:ss.l',
    sync: true,
    destination: destination ?? STANDARD_OUTPUT,
  });

export const createLogger = (log: Config['log'], output: LogOutput = {}): Logger => {
  const terminal = output.terminal ?? isatty(STANDARD_OUTPUT);
  const options = {
    name: 'tachyon',
    level: log.level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
    redact: { paths: redacted, censor: '[redacted]' },
  };
  if (isPretty(log, terminal)) return pino(options, prettyStream(terminal, output.destination));
  if (output.destination !== undefined) return pino(options, output.destination);

  const stream = pino.destination({ dest: STANDARD_OUTPUT, sync: false, maxLength: BUFFER_BYTES_MAX });
  const logger = pino(options, stream);
  let dropped = 0;
  stream.on('drop', () => {
    dropped += 1;
  });
  stream.on('drain', () => {
    if (dropped === 0) return;
    logger.warn({ lines: dropped }, 'log lines were dropped, as nobody read them');
    dropped = 0;
  });
  return logger;
};

/** Writes what waits, in order: to be awaited before the process exits of its own will. */
export const flushLog = (logger: Logger): Promise<void> =>
  new Promise((resolve, reject) => {
    logger.flush((error) => (error ? reject(error) : resolve()));
  });

/**
 * Writes what waits, for at most this long: after it the rest is given up, so that neither this promise nor the exit of
 * the process waits for a reader that does not read. To be the last use of the log.
 */
export const endLog = async (logger: Logger, withinMs: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, withinMs);
  });
  await Promise.race([flushLog(logger).catch(() => undefined), late]);
  clearTimeout(timer);
  destinationOf(logger).destroy?.();
};

/** What the logger writes to: pino keeps it under a symbol of its own. */
const destinationOf = (logger: Logger): { destroy?: () => void } =>
  (logger as unknown as Readonly<Record<symbol, { destroy?: () => void }>>)[pino.symbols.streamSym] ?? {};
