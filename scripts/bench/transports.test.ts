// The bench of the transports runs each task to its end, over both.

import { expect, it } from 'vitest';
import { RouterTransport } from '../../internal/delivery/libzmq/router-transport.ts';
import { ZmtpRouterTransport } from '../../internal/delivery/zmtp/router-transport.ts';
import { benchTransport } from './transports.ts';

const address = 'tcp://127.0.0.1:*';

it.each([
  ['libzmq', () => new RouterTransport({ address })],
  ['zmtp', () => new ZmtpRouterTransport({ address })],
] as const)('measures %s, received, sent and there and back', async (_name, make) => {
  for (const task of ['receive', 'send', 'round-trip'] as const) {
    const { value, cpuUs } = await benchTransport(make, task, 200);
    expect(value).toBeGreaterThan(0);
    expect(cpuUs).toBeGreaterThan(0);
  }
});
