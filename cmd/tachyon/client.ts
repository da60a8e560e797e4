// A client of the broker that a command means: the one that --router or TACHYON_ROUTER names, else that of the data
// folder, over its admin socket. The socket speaks the whole wire, so no port has to be known.

import { type Command, Option } from 'commander';
import { type Client, connect } from '../../pkg/client/client.ts';
import { isObject } from '../../pkg/protocol/json.ts';
import { ask } from './admin.ts';
import { adminSocketOf, type BrokerOptions, dataDirOption } from './commands/options.ts';
import { UsageError } from './output/failure.ts';
import { tell } from './output/print.ts';

export interface ClientOptions extends BrokerOptions {
  readonly router?: string;
  readonly pub?: string;
  readonly tenant?: string;
  readonly timeout: number;
}

export const addClientOptions = (command: Command): Command =>
  command
    .addOption(
      new Option('--router <endpoint>', 'The broker to talk to (TACHYON_ROUTER, else that of the data folder).'),
    )
    .addOption(dataDirOption());

export const pubOption = (): Option =>
  new Option('--pub <endpoint>', 'Its PUB endpoint (TACHYON_PUB, else that of the broker of the data folder).');

/** `needs.pub`: without its address a reader of PUB would wait for ever. */
export async function withClient<T>(
  options: ClientOptions,
  use: (client: Client) => Promise<T>,
  needs: { readonly pub?: boolean } = {},
): Promise<T> {
  const { router, pub } = await endpointsOf(options);
  if (needs.pub === true && pub === null) {
    throw new UsageError('which PUB endpoint? Say --pub or TACHYON_PUB; a broker with --admin-only has none');
  }
  const client = await connect({
    router,
    name: 'tachyon-cli',
    timeoutMs: options.timeout,
    ...(pub === null ? {} : { pub }),
    ...(options.tenant === undefined || options.tenant === '' ? {} : { tenant: options.tenant }),
  });
  client.on('disconnected', ({ error }) => tell(`tachyon: ${error.message}`));
  client.on('draining', () => tell('tachyon: the broker is shutting down'));
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

interface Endpoints {
  readonly router: string;
  readonly pub: string | null;
}

/** The broker that somebody names, if they do: it need not be that of the data folder. */
export const routerNamed = (options: ClientOptions): string | undefined => options.router ?? named('TACHYON_ROUTER');

async function endpointsOf(options: ClientOptions): Promise<Endpoints> {
  const router = routerNamed(options);
  const pub = options.pub ?? named('TACHYON_PUB');
  if (router !== undefined) return { router, pub: pub ?? null };
  // Asked first: a data folder without a broker is told at once.
  const status = await ask(options, 'status');
  const endpoints = isObject(status) && isObject(status['endpoints']) ? status['endpoints'] : {};
  const published = typeof endpoints['pub'] === 'string' ? endpoints['pub'] : null;
  return { router: `ipc://${adminSocketOf(options)}`, pub: pub ?? published };
}

const named = (variable: string): string | undefined => process.env[variable] || undefined;
