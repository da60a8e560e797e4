// Messages of another queue while a job is at work: what was confirmed has to arrive, whatever happens to the broker.

import { type Client, connect } from '../../../pkg/client/index.ts';

const QUEUE = 'live';
const TOPIC = 'live.one';
const EVERY_MS = 2;

export class LiveTraffic {
  readonly #client: Client;
  readonly #confirmed = new Set<number>();
  readonly #arrived = new Set<number>();
  readonly #underWay = new Set<Promise<void>>();
  #next = 0;
  readonly #timer: NodeJS.Timeout;

  private constructor(client: Client) {
    this.#client = client;
    this.#timer = setInterval(() => this.#publish(), EVERY_MS);
  }

  static async start(router: string): Promise<LiveTraffic> {
    const client = await connect({ router, timeoutMs: 60_000 });
    const traffic = new LiveTraffic(client);
    await client.consume({ consumerId: QUEUE, queue: QUEUE, subscriptions: [TOPIC] }, ({ body }) => {
      traffic.#arrived.add(new DataView(body.buffer, body.byteOffset).getUint32(0, true));
    });
    return traffic;
  }

  async end(): Promise<{ readonly published: number; readonly received: number }> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    const endMs = performance.now() + 60_000;
    const received = (): number => [...this.#confirmed].filter((index) => this.#arrived.has(index)).length;
    while (received() < this.#confirmed.size && performance.now() < endMs)
      await new Promise((resolve) => setTimeout(resolve, 50));
    await this.#client.close();
    return { published: this.#confirmed.size, received: received() };
  }

  #publish(): void {
    const index = this.#next;
    this.#next += 1;
    const body = new Uint8Array(100);
    new DataView(body.buffer).setUint32(0, index, true);
    const published = this.#client.publish(TOPIC, body).then(
      () => void this.#confirmed.add(index),
      // Not confirmed: nothing was promised.
      () => undefined,
    );
    this.#underWay.add(published);
    void published.then(() => this.#underWay.delete(published));
  }
}
