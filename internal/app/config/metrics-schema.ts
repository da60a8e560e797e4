// Settings of health and metrics over HTTP.

import * as z from 'zod';
import { listenHostFault } from './endpoint.ts';
import { checkedText, count } from './setting.ts';

export const metrics = z.strictObject({
  port: count(
    { env: 'METRICS_PORT', flag: 'metrics-port', text: 'Port of health and metrics over HTTP; 0: off.' },
    { default: 0, min: 1, max: 65_535, zero: 'off' },
    'port',
  ),
  address: checkedText(
    { env: 'METRICS_ADDRESS', text: 'Address on which health and metrics are served.' },
    { expects: 'an IP address or localhost', metavar: 'address', faultOf: listenHostFault, byDefault: '127.0.0.1' },
  ),
  queuesMax: count(
    {
      env: 'METRICS_QUEUES_MAX',
      text: 'Queues with series of their own, the deepest first, and tenants likewise; the rest is one sum.',
    },
    { default: 200, min: 1, max: 10_000 },
  ),
});
