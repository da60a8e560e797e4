// nats-server, with JetStream on a file store.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, HOST, type RunningServer, startServer } from './server.ts';

export type NatsSync = 'default' | 'always';

export async function startNats(command: string, folder: string, sync: NatsSync): Promise<RunningServer> {
  const port = await freePort();
  const config = join(folder, 'nats.conf');
  const always = sync === 'always' ? ', sync_interval: always' : '';
  writeFileSync(config, `jetstream { store_dir: ${JSON.stringify(join(folder, 'store'))}${always} }\n`);
  return startServer({ command, args: ['-c', config, '-a', HOST, '-p', String(port)], port });
}
