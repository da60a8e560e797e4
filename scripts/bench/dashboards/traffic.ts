// Messages at a steady rate through a broker, and how long each takes from the moment at which it was due to the moment
// at which its consumer has it: a late sender makes the figure larger, not smaller.
//
// Child process of ../dashboards.ts: argument router address; message { seconds, rate } begins a measurement, and its
// answer is { latenciesMs }.

import { connect } from '../../../pkg/client/index.ts';

export interface TrafficOrder {
  readonly seconds: number;
  readonly rate: number;
}

export interface TrafficReport {
  readonly latenciesMs: readonly number[];
}

const TOPIC = 'traffic.a';
const BODY_BYTES = 100;
const LOOK_MS = 5;

const client = await connect({ router: process.argv[2] ?? '' });
let latenciesMs: number[] = [];
await client.consume({ queue: 'traffic' }, ({ body }) => {
  latenciesMs.push(performance.now() - new DataView(body.buffer, body.byteOffset).getFloat64(0, true));
});

process.on('message', (order: TrafficOrder) => void measure(order));
process.on('disconnect', () => process.exit(0));
process.send?.('ready');

async function measure({ seconds, rate }: TrafficOrder): Promise<void> {
  latenciesMs = [];
  const everyMs = 1000 / rate;
  const total = Math.round(seconds * rate);
  const startMs = performance.now();
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor((performance.now() - startMs) / everyMs) + 1);
    for (; sent < due; sent += 1) {
      const body = new Uint8Array(BODY_BYTES);
      new DataView(body.buffer).setFloat64(0, startMs + sent * everyMs, true);
      void client.publish(TOPIC, body);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  while (latenciesMs.length < total) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  process.send?.({ latenciesMs } satisfies TrafficReport);
}
