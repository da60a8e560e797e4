// mosquitto with persistence: it saves its state every half hour and when it ends, and never syncs. Its bounds on waiting
// and unacknowledged messages, beyond which it drops, are taken off.

import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort, HOST, type RunningServer, startServer } from './server.ts';

export async function startMosquitto(command: string, folder: string): Promise<RunningServer> {
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  const lines = [
    `listener ${port} ${HOST}`,
    'allow_anonymous true',
    'persistence true',
    `persistence_location ${folder}/`,
    'autosave_interval 1800',
    'max_inflight_messages 0',
    'max_queued_messages 0',
    'set_tcp_nodelay true',
    // Started by root it would become somebody to whom the folder does not belong.
    `user ${userInfo().username}`,
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  return startServer({ command, args: ['-c', config], port });
}
