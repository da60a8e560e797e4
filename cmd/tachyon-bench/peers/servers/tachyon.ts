// Our own broker, as `tachyon-bench run` starts it: the settings that a user gets, but for the window of a consumer, which
// is that of the race, and the form of fanout, which is the body as it is.

import { join } from 'node:path';
import { BrokerProcess } from '../../processes/broker-process.ts';
import type { PeersSettings } from '../settings.ts';
import { HOST, type RunningServer } from './server.ts';

const HEAD_ROOM = 1_024;

export async function startTachyon(
  folder: string,
  { window, payloadSize, transport }: PeersSettings,
  nodeArguments: readonly string[],
): Promise<RunningServer> {
  const broker = await BrokerProcess.start({
    dataFolder: join(folder, 'data'),
    nodeArguments,
    env: {
      TRANSPORT: transport,
      PUB_FORM: 'frames',
      MAX_INFLIGHT_PER_CONSUMER: String(window),
      WINDOW_BYTES_MAX: String(Math.max(16 * 1024 * 1024, window * (payloadSize + HEAD_ROOM))),
    },
  });
  const { router, pub, ready } = broker;
  if (ready.durability !== 'disk') throw new Error(`the broker is of durability ${ready.durability}`);
  return {
    target: { host: HOST, port: 0, router, pub, flavour: transport },
    cpuSeconds: () => broker.usage()?.cpuSeconds ?? null,
    end: () => broker.end(),
  };
}
