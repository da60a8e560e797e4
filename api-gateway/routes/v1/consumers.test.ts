// What a fetch answers with: as much as one answer carries, and a message whose body is spoilt as such. Deliveries are
// made here; real ones are in the e2e test.

import { afterEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../../pkg/client/consume/delivery.ts';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import type { GatewayContext } from '../../context.ts';
import { ADMIN_TOKEN, aGateway, type GatewayFixture } from '../../testing/a-gateway.ts';
import { ask, jsonOf } from '../../testing/http.ts';

let gateway: GatewayFixture | null = null;
afterEach(async () => {
  await gateway?.remove();
});

const delivery = (deliveryId: number, body: () => Uint8Array): Delivery =>
  ({
    deliveryId,
    queue: 'q',
    sequence: deliveryId,
    topic: 'a',
    messageId: '',
    attempt: 1,
    returned: 0,
    deadlineMs: 0,
    attributes: {},
    get body() {
      return body();
    },
  }) as Delivery;

async function fetchOf(deliveries: readonly Delivery[]) {
  const givenBack: number[] = [];
  const refused = (): Promise<never> => Promise.reject(new TachyonError('INTERNAL'));
  const consumers: GatewayContext['consumers'] = {
    fetch: () => Promise.resolve(deliveries),
    giveBack: (rest) => givenBack.push(...rest.map(({ deliveryId }) => deliveryId)),
    ack: refused,
    nack: refused,
    leave: refused,
  };
  gateway = await aGateway({ context: { consumers } });
  // Over a real connection: the end of an answer is part of what is looked at.
  const url = await gateway.app.listen({ host: '127.0.0.1', port: 0 });
  const answer = await ask(`${url}/api/v1/consumers/w/fetch`, {
    method: 'POST',
    headers: { 'x-admin-token': ADMIN_TOKEN },
    body: { queue: 'q', count: 100 },
  });
  return { items: jsonOf(answer)['items'] as Record<string, unknown>[], givenBack };
}

describe('a fetch', () => {
  it('answers with as much as one answer carries, and gives the rest back', async () => {
    const large = new Uint8Array(8 * 1024 * 1024);
    const { items, givenBack } = await fetchOf(Array.from({ length: 6 }, (_, n) => delivery(n + 1, () => large)));
    expect(items.map(({ delivery_id }) => delivery_id)).toEqual([1, 2, 3]);
    expect(givenBack).toEqual([4, 5, 6]);
  });

  it('tells a message whose body cannot be read, beside those that can', async () => {
    const spoilt = delivery(1, () => {
      throw new TachyonError('MALFORMED_BODY');
    });
    const { items, givenBack } = await fetchOf([spoilt, delivery(2, () => Buffer.from('hi'))]);
    expect(items).toMatchObject([
      { delivery_id: 1, body_base64: '', body_error: 'MALFORMED_BODY' },
      { delivery_id: 2, body_base64: 'aGk=' },
    ]);
    expect(givenBack).toEqual([]);
  });
});
