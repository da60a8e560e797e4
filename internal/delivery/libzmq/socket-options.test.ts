// What every libzmq socket here is built with.

import { expect, test } from 'vitest';
import { SOCKET_LIMITS, socketOptions } from './socket-options.ts';

test('no ZMTP heartbeat is ever due: one on a connection that broke at the high-water mark aborts the process', () => {
  const options = socketOptions(SOCKET_LIMITS, 'tcp://127.0.0.1:*');
  expect(options.heartbeatInterval).toBe(0);
  expect(options.tcpKeepalive).toBe(1);
});
