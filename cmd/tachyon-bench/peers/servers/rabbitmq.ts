// rabbitmq-server on a folder of its own, with a port mapper (epmd) of its own, which ends with it.

import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FRAME_BYTES_MAX } from '../systems/amqp.ts';
import { askVersion, findProgram } from './find.ts';
import { freePort, HOST, type RunningServer, startServer } from './server.ts';

/** It refuses to end while it knows of the node, whose end it hears of a moment later. */
const MAPPER_TRIES = 100;
const REFUSED = 'not allowed';

/** Debian's command changes the user; the script behind it does not. */
function rabbitScript(command: string, name: string): string {
  const script = join(dirname(command), '../lib/rabbitmq/bin', name);
  return existsSync(script) ? script : join(dirname(command), name);
}

export const rabbitVersion = (command: string, folder: string): Promise<string> =>
  askVersion(rabbitScript(command, 'rabbitmqctl'), ['version'], { HOME: folder });

export async function startRabbit(command: string, folder: string, queueType: string): Promise<RunningServer> {
  const [port, distributionPort, mapperPort] = [await freePort(), await freePort(), await freePort()];
  const plugins = join(folder, 'enabled_plugins');
  const config = join(folder, 'rabbitmq.conf');
  writeFileSync(plugins, '[].\n');
  writeFileSync(config, `log.console = false\nlog.file.level = error\nframe_max = ${FRAME_BYTES_MAX}\n`);
  const env = {
    HOME: folder,
    ERL_EPMD_PORT: String(mapperPort),
    ERL_EPMD_ADDRESS: HOST,
    RABBITMQ_NODENAME: 'race@localhost',
    RABBITMQ_NODE_IP_ADDRESS: HOST,
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_CONFIG_FILE: config,
    RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    // Only this node may answer to its port mapper.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
  };
  const script = rabbitScript(command, 'rabbitmq-server');
  return startServer({
    command: script,
    args: [],
    env,
    port,
    flavour: queueType,
    afterwards: () => endMapper(mapperPort),
  });
}

function endMapper(port: number): void {
  const mapper = findProgram('epmd');
  if (mapper === null) return;
  for (let tries = 0; tries < MAPPER_TRIES; tries += 1) {
    const { stdout } = spawnSync(mapper, ['-port', String(port), '-kill'], { encoding: 'utf8' });
    if (!stdout?.includes(REFUSED)) return;
  }
}
