// As many dashboards as are asked for: each asks what the page asks, as often as the page does, and holds the WebSocket of
// the earlier operator page.
//
// Child process of ../dashboards.ts: arguments gateway address and token; message { dashboards } sets how many look, and
// its answer comes when all of them have had an answer.

import { Agent, type IncomingMessage, request } from 'node:http';
import { setPriority } from 'node:os';
import type { Duplex } from 'node:stream';

const [address = '', token = ''] = process.argv.slice(2);
/** What a page asks, and every how many milliseconds. */
const QUESTIONS = [
  ['/api/v1/status', 1_000],
  ['/api/v1/queues?limit=500', 3_000],
  ['/api/v1/sessions?limit=500', 3_000],
] as const;
/** Browsers are elsewhere: here they must not take the processor from what is measured. */
setPriority(10);

const agent = new Agent({ keepAlive: true });
const headers = { 'x-admin-token': token };

class Dashboard {
  readonly #timers: NodeJS.Timeout[] = [];
  #socket: Duplex | null = null;
  readonly ready: Promise<unknown>;

  constructor() {
    const first = QUESTIONS.map(async ([path, everyMs]) => {
      const again = (afterMs: number): void => {
        if (!this.#ended) this.#timers.push(setTimeout(() => void ask(path).then(() => again(everyMs)), afterMs));
      };
      await ask(path);
      // Spread, as people open their pages at any time.
      again(Math.random() * everyMs);
    });
    this.ready = Promise.all([...first, this.#watch()]);
  }

  #ended = false;

  end(): void {
    this.#ended = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#socket?.destroy();
  }

  #watch(): Promise<void> {
    return new Promise((resolve, reject) => {
      const upgrade = {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      };
      request(`${address}/ws/broker-admin`, { headers: { ...headers, ...upgrade } })
        .on('upgrade', (_: IncomingMessage, socket: Duplex) => {
          this.#socket = socket;
          socket.on('data', () => undefined).on('error', () => undefined);
          resolve();
        })
        .on('response', ({ statusCode }) => reject(new Error(`the WebSocket was answered with ${statusCode}`)))
        .on('error', reject)
        .end();
    });
  }
}

function ask(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    request(`${address}${path}`, { agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${path} was answered with ${response.statusCode}`));
      response.resume().on('end', resolve);
    })
      .on('error', reject)
      .end();
  });
}

let dashboards: Dashboard[] = [];
process.on('message', ({ dashboards: wanted }: { dashboards: number }) => {
  for (const dashboard of dashboards) dashboard.end();
  dashboards = Array.from({ length: wanted }, () => new Dashboard());
  void Promise.all(dashboards.map(({ ready }) => ready)).then(() => process.send?.('ready'));
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
