// redis-server, with an append-only file and no snapshots. The file is not rewritten meanwhile, which saves the server work.

import { freePort, HOST, type RunningServer, startServer } from './server.ts';

export type RedisSync = 'always' | 'everysec';

export async function startRedis(command: string, folder: string, sync: RedisSync): Promise<RunningServer> {
  const port = await freePort();
  const settings: Readonly<Record<string, string>> = {
    port: String(port),
    bind: HOST,
    dir: folder,
    save: '',
    appendonly: 'yes',
    appendfsync: sync,
    'auto-aof-rewrite-percentage': '0',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  return startServer({ command, args, port });
}
