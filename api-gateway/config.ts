// Every setting of the gateway: one schema over the environment, checked before anything is opened. All that is wrong is
// said at once, each with the name of its variable.

import { isIP } from 'node:net';
import * as z from 'zod';
import { TachyonError } from '../pkg/protocol/errors.ts';

const MIB = 1024 * 1024;
const TOKEN_CHARACTERS_MAX = 512;

const TRUE_WORDS: ReadonlySet<string> = new Set(['1', 't', 'true']);
const FALSE_WORDS: ReadonlySet<string> = new Set(['0', 'f', 'false']);

const whole = (min: number, max: number, byDefault: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, { error: () => `must be a whole number from ${min} to ${max}` })
    .transform(Number)
    .refine((n) => n >= min && n <= max, { error: () => `must be a whole number from ${min} to ${max}` })
    .default(byDefault);

const flag = (byDefault: boolean) =>
  z
    .string()
    .toLowerCase()
    .refine((word) => TRUE_WORDS.has(word) || FALSE_WORDS.has(word), { error: () => 'must be true or false' })
    .transform((word) => TRUE_WORDS.has(word))
    .default(byDefault);

const path = z.string().max(4_096);

/** A name without spaces, or an address; brackets around an IPv6 address are taken off. */
const host = z
  .string()
  .transform((text) => text.replace(/^\[(.*)\]$/, '$1'))
  .refine((text) => isIP(text) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/.test(text), {
    error: () => 'must be a host name or an IP address',
  });

const variables = z.object({
  GATEWAY_HOST: host.default('127.0.0.1'),
  GATEWAY_PORT: whole(0, 65_535, 8000),
  GATEWAY_ALLOW_INSECURE_BIND: flag(false),
  GATEWAY_TLS_CERT: path.optional(),
  GATEWAY_TLS_KEY: path.optional(),
  GATEWAY_TIMEOUT_MS: whole(100, 60_000, 5_000),
  GATEWAY_BODY_BYTES_MAX: whole(64 * 1024, 64 * MIB, 12 * MIB),
  GATEWAY_REQUESTS_PER_SECOND: whole(1, 1_000_000, 500),
  GATEWAY_CONNECTIONS_MAX: whole(1, 100_000, 1_024),
  GATEWAY_STREAMS_MAX: whole(1, 100_000, 256),
  GATEWAY_CONSUMERS_MAX: whole(1, 10_000, 128),
  GATEWAY_CONSUMER_IDLE_MS: whole(1_000, 3_600_000, 60_000),
  ADMIN_TOKEN: z
    .string()
    .max(TOKEN_CHARACTERS_MAX, { error: () => `must have at most ${TOKEN_CHARACTERS_MAX} characters` })
    .regex(/^[\x21-\x7e]+$/, { error: () => 'must be printable ASCII without spaces: it travels in a header' })
    .optional(),
  LOG_LEVEL: z
    .string()
    .toLowerCase()
    .pipe(
      z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
        error: () => 'must be trace, debug, info, warn, error, fatal or silent',
      }),
    )
    .default('info'),
  LOG_PRETTY: z
    .string()
    .toLowerCase()
    .refine((word) => word === 'auto' || TRUE_WORDS.has(word) || FALSE_WORDS.has(word), {
      error: () => 'must be auto, true or false',
    })
    .transform((word): boolean | 'auto' => (word === 'auto' ? 'auto' : TRUE_WORDS.has(word)))
    .default('auto'),
});

export const GATEWAY_VARIABLES: readonly string[] = Object.keys(variables.shape);

export interface GatewayConfig {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly certPath: string; readonly keyPath: string } | null;
  /** Whether other machines can reach the address. */
  readonly isLoopback: boolean;
  readonly timeoutMs: number;
  readonly bodyBytesMax: number;
  readonly requestsPerSecond: number;
  readonly connectionsMax: number;
  readonly streamsMax: number;
  readonly consumersMax: number;
  readonly consumerIdleMs: number;
  readonly adminToken: string | null;
  readonly log: { readonly level: z.output<typeof variables>['LOG_LEVEL']; readonly pretty: boolean | 'auto' };
}

/** Flags stand above the environment; an empty variable is one that was not set. */
export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags?: { readonly host?: string; readonly port?: string };
}

/** Kubernetes and Docker links set such variables for a service that is called "gateway"; nobody means us. */
const isServiceLink = (name: string, value: string): boolean =>
  /^GATEWAY_(?:SERVICE_(?:HOST|PORT)|PORT_\d+_(?:TCP|UDP))/.test(name) ||
  (name === 'GATEWAY_PORT' && /^(?:tcp|udp):\/\//.test(value));

/** A name that is written wrong must not mean that its default holds. */
const isUnknown = (name: string, value: string): boolean =>
  name.startsWith('GATEWAY_') && value !== '' && !GATEWAY_VARIABLES.includes(name) && !isServiceLink(name, value);

/** Throws INVALID_CONFIG that names every variable that is wrong. */
export function gatewayConfig({ env, flags = {} }: ConfigSources): GatewayConfig {
  const said: Record<string, string> = {};
  for (const name of GATEWAY_VARIABLES) {
    const value = env[name];
    if (value !== undefined && value !== '' && !isServiceLink(name, value)) said[name] = value;
  }
  const unknown = Object.entries(env).filter(([name, value]) => isUnknown(name, value ?? ''));
  if (unknown.length > 0) throw refusal(unknown.map(([name]) => `${name} is no setting of the gateway`));
  if (flags.host !== undefined) said['GATEWAY_HOST'] = flags.host;
  if (flags.port !== undefined) said['GATEWAY_PORT'] = flags.port;
  const parsed = variables.safeParse(said);
  if (!parsed.success)
    throw refusal(parsed.error.issues.map(({ path: [name], message }) => `${String(name)} ${message}`));
  return checked(parsed.data);
}

function checked(settings: z.output<typeof variables>): GatewayConfig {
  const { GATEWAY_HOST, GATEWAY_TLS_CERT: certPath, GATEWAY_TLS_KEY: keyPath } = settings;
  if ((certPath === undefined) !== (keyPath === undefined)) {
    throw refusal([`${certPath === undefined ? 'GATEWAY_TLS_CERT' : 'GATEWAY_TLS_KEY'} is missing: TLS needs both`]);
  }
  const tls = certPath === undefined || keyPath === undefined ? null : { certPath, keyPath };
  const isLoopback = isLoopbackHost(GATEWAY_HOST);
  if (!isLoopback && tls === null && !settings.GATEWAY_ALLOW_INSECURE_BIND) {
    throw refusal([
      `GATEWAY_HOST ${GATEWAY_HOST} is reached by other machines and there is no TLS: set GATEWAY_TLS_CERT and ` +
        'GATEWAY_TLS_KEY, or GATEWAY_ALLOW_INSECURE_BIND=true where something in front of it encrypts',
    ]);
  }
  return {
    host: GATEWAY_HOST,
    port: settings.GATEWAY_PORT,
    tls,
    isLoopback,
    timeoutMs: settings.GATEWAY_TIMEOUT_MS,
    bodyBytesMax: settings.GATEWAY_BODY_BYTES_MAX,
    requestsPerSecond: settings.GATEWAY_REQUESTS_PER_SECOND,
    connectionsMax: settings.GATEWAY_CONNECTIONS_MAX,
    streamsMax: settings.GATEWAY_STREAMS_MAX,
    consumersMax: settings.GATEWAY_CONSUMERS_MAX,
    consumerIdleMs: settings.GATEWAY_CONSUMER_IDLE_MS,
    adminToken: settings.ADMIN_TOKEN ?? null,
    log: { level: settings.LOG_LEVEL, pretty: settings.LOG_PRETTY },
  };
}

/** A name other than localhost may lead anywhere. */
const isLoopbackHost = (name: string): boolean =>
  name.toLowerCase() === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));

function refusal(problems: readonly string[]): TachyonError {
  const detail =
    problems.length === 1
      ? (problems[0] ?? '')
      : `${problems.length} settings are refused:${problems.map((problem) => `\n  - ${problem}`).join('')}`;
  return new TachyonError('INVALID_CONFIG', detail);
}
