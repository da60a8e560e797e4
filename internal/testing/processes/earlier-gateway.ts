// A real broker and a real gateway, started as the earlier ones were: by one environment. The gateway's own files are named
// in it too, and are not there.

import { expect } from 'vitest';
import { ask, jsonOf } from '../../../api-gateway/testing/http.ts';
import { eventually } from '../eventually.ts';
import { EarlierClient } from '../parity/earlier-client.ts';
import { Tachyon } from './tachyon.ts';

export const ADMIN_TOKEN = 'the-token-of-the-test';
export const asAdmin: Headers = { 'x-admin-token': ADMIN_TOKEN };

export type Fields = Readonly<Record<string, unknown>>;
type Headers = Readonly<Record<string, string>>;

const WAL_PATH = './data/direct_delivery.wal';
const NOWHERE = './nowhere/at-all';
const FILES = {
  SESSION_SNAPSHOT_PATH: NOWHERE,
  DLQ_STORE_PATH: NOWHERE,
  SCHEDULED_STORE_PATH: NOWHERE,
  AUDIT_STORE_PATH: NOWHERE,
  WAL_SEGMENTS_PATH: NOWHERE,
  ROUTE_CATALOG_PATH: NOWHERE,
};

export class EarlierGateway {
  readonly tachyon = new Tachyon();
  readonly #clients: EarlierClient[] = [];
  url = '';
  #router = '';

  async start(): Promise<void> {
    const ports = ['--router', 'tcp://127.0.0.1:*', '--pub', 'tcp://127.0.0.1:*'];
    this.#router = (await this.tachyon.start(ports, { env: { WAL_PATH } }).ready()).router;
    const env = { ...FILES, WAL_PATH, ADMIN_TOKEN, GATEWAY_PORT: '0', GATEWAY_REQUESTS_PER_SECOND: '100000' };
    this.url = await this.tachyon
      .start(['gateway'], { env })
      .until('its address', ({ log }) => log.find(({ msg }) => msg === 'ready')?.['gateway'] as string | undefined);
  }

  async stop(): Promise<void> {
    for (const one of this.#clients) one.close();
    await this.tachyon.remove();
  }

  async call(method: 'GET' | 'POST', path: string, body?: object, headers: Headers = asAdmin) {
    const answer = await ask(`${this.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    return { status: answer.status, body: jsonOf(answer) };
  }

  /** What it answers; the test fails when that is a refusal. */
  async get(path: string): Promise<Fields> {
    const { status, body } = await this.call('GET', path);
    expect({ path, status, body }).toEqual({ path, status: 200, body: expect.any(Object) });
    return body;
  }

  async purgeAll(): Promise<void> {
    await this.call('POST', '/api/admin/dlq/purge', { all: true, confirm: 'PURGE' });
  }

  client(): EarlierClient {
    const one = new EarlierClient(this.#router);
    this.#clients.push(one);
    return one;
  }

  /** A consumer of the earlier kind that says `status` to each of these messages, for good. */
  async died(consumerId: string, topic: string, ids: readonly string[], status: string): Promise<EarlierClient> {
    const consumer = this.client();
    await consumer.register(consumerId, [topic], 16);
    const producer = this.client();
    for (const id of ids) {
      await producer.publish(topic, id);
      expect((await consumer.nextEvent()).ID).toBe(id);
      await consumer.nack(id, status);
    }
    const count = async () => (await this.get(`/api/admin/dlq/records?consumer_id=${consumerId}`))['count'];
    await eventually('the dead letters', async () => (await count()) === ids.length);
    return consumer;
  }
}
