// A client process that takes from a queue and acknowledges each message. Tells `ready`, and when asked how many it took.

import { connect } from '../../../pkg/client/index.ts';

export interface TakerGiven {
  readonly router: string;
  readonly pub: string;
  readonly queue: string;
}

const { router, pub, queue } = JSON.parse(process.argv[2] ?? '{}') as TakerGiven;
const client = await connect({ router, pub, timeoutMs: 30_000 });
let taken = 0;
await client.consume({ queue }, () => {
  taken += 1;
});
process.on('message', () => process.send?.(taken));
process.on('disconnect', () => process.exit());
process.send?.('ready');
