// Proved over both transports against a real PUB socket that sends what the broker's own encoder makes, in each of its forms.

import { afterEach, describe, expect, it } from 'vitest';
import { Publisher } from 'zeromq';
import { FakeBroker } from '../../../internal/testing/client/fake-broker.ts';
import { eventually } from '../../../internal/testing/eventually.ts';
import { BlockView, type DeliveryForm, encodeBlock, encodeText, fanoutFrames, outgoing } from '../../protocol/index.ts';
import {
  type Client,
  type ClientTransport,
  type ConnectOptions,
  connect as connectOver,
  type FanoutMessage,
} from '../index.ts';

const opened: { client?: Client; broker?: FakeBroker; pub?: Publisher } = {};

afterEach(async () => {
  await opened.client?.close();
  await opened.broker?.stop();
  opened.pub?.close();
});

/** Subscribing reaches the publisher in its own time: sends the marker until it is seen. */
async function settled(
  send: (topic: string, text: string) => Promise<void>,
  seen: () => boolean,
  topic: string,
): Promise<void> {
  await eventually('the subscription', async () => {
    await send(topic, '"marker"');
    return seen();
  });
}

const isReal = (message: FanoutMessage): boolean => message.text() !== '"marker"';

describe.each(['zmtp', 'libzmq'] as const)('over %s', (transport: ClientTransport) => {
  const connect = (options: ConnectOptions): Promise<Client> => connectOver({ transport, ...options });

  async function world(): Promise<{
    client: Client;
    send: (topic: string, text: string, form?: DeliveryForm) => Promise<void>;
  }> {
    const pub = new Publisher({ linger: 0 });
    opened.pub = pub;
    await pub.bind('tcp://127.0.0.1:*');
    const broker = await FakeBroker.start();
    opened.broker = broker;
    const client = await connect({ router: broker.address, pub: pub.lastEndpoint ?? '', timeoutMs: 2_000 });
    opened.client = client;
    const send = async (topic: string, text: string, form: DeliveryForm = 'event'): Promise<void> => {
      const attributes = { headers: { h: 1 }, content_type: 'application/json', source: 'test' };
      const block = new BlockView(encodeBlock({ topic, messageId: `id-${text}`, attributes, body: encodeText(text) }));
      await pub.send(fanoutFrames(form, outgoing(block, { tenant: '', acceptedAtMs: 1, sequence: 0 })) as Buffer[]);
    };
    return { client, send };
  }

  describe('a subscription', () => {
    it('gets what its patterns match, and nothing that only shares their beginning', async () => {
      const { client, send } = await world();
      const seen: FanoutMessage[] = [];
      await client.subscribe(['a.*.c', 'x.>'], (message) => seen.push(message));
      await settled(send, () => seen.length > 0, 'x.marker');
      for (const topic of ['a.b.c', 'a.b.d', 'a.b.c.d', 'x', 'x.y.z', 'xy.z', 'a.q.c']) await send(topic, `"${topic}"`);
      await eventually('the last one', () => seen.some((message) => message.topic === 'a.q.c'));
      expect(seen.filter(isReal).map((message) => message.topic)).toEqual(['a.b.c', 'x.y.z', 'a.q.c']);
    });

    it.each(['event', 'envelope', 'frames'] as const)('reads the form %s', async (form) => {
      const { client, send } = await world();
      const seen: FanoutMessage[] = [];
      await client.subscribe('a.>', (message) => seen.push(message));
      await settled(send, () => seen.length > 0, 'a.marker');
      await send('a.b', '{"x":[1,2]}', form);
      const message = await eventually('the message', () => seen.find(isReal));
      expect(message).toMatchObject({ topic: 'a.b', messageId: 'id-{"x":[1,2]}' });
      expect(message.json()).toEqual({ x: [1, 2] });
      if (form !== 'envelope')
        expect(message.attributes).toMatchObject({ content_type: 'application/json', source: 'test' });
      if (form !== 'event') expect(message.attributes.headers).toMatchObject({ h: 1 });
    });

    it('takes anything else as a raw body, bytes in base64 included', async () => {
      const { client, send } = await world();
      const seen: FanoutMessage[] = [];
      await client.subscribe('a', (message) => seen.push(message));
      await settled(send, () => seen.length > 0, 'a');
      await opened.pub?.send(['a', Buffer.from([0xff, 0x00])]);
      await opened.pub?.send(['a', '{"ID":"i","Topic":"a","Data":"AAH/","DataEncoding":"base64"}']);
      await opened.pub?.send(['a', '{"spec_version":"abtp/1","payload_base64":"AAH/"}']);
      await opened.pub?.send('a');
      await opened.pub?.send(['a', 'last', 'no json']);
      await eventually('the last', () => seen.some((message) => message.text() === 'last'));
      expect(seen.filter(isReal).map((message) => Buffer.from(message.body).toString('hex'))).toEqual([
        'ff00',
        '0001ff',
        '0001ff',
        Buffer.from('last').toString('hex'),
      ]);
    });

    it('is iterated, and leaving the loop closes it', async () => {
      const { client, send } = await world();
      const subscription = await client.subscribe('a.>');
      const timer = setInterval(() => void send('a.b', '"x"'), 2);
      for await (const message of subscription) {
        expect(message.topic).toBe('a.b');
        break;
      }
      clearInterval(timer);
      expect(await subscription.closed()).toBeNull();
    });

    it('ends with what its handler threw', async () => {
      const { client, send } = await world();
      const wrong = new Error('wrong');
      const subscription = await client.subscribe('a', () => {
        throw wrong;
      });
      const timer = setInterval(() => void send('a', '"x"'), 2);
      expect(await subscription.closed()).toBe(wrong);
      clearInterval(timer);
    });

    it('hands over what a handler that waits has left, in order and one at a time', async () => {
      const { client, send } = await world();
      const seen: string[] = [];
      let running = 0;
      await client.subscribe('a.>', async (message) => {
        running += 1;
        expect(running).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        seen.push(message.topic);
      });
      await settled(send, () => seen.length > 0, 'a.marker');
      for (let i = 0; i < 300; i += 1) await send(`a.n.${i}`, '"x"');
      await eventually('the last', () => seen.at(-1) === 'a.n.299');
      const numbered = seen.filter((topic) => topic !== 'a.marker');
      expect(numbered).toEqual(Array.from({ length: 300 }, (_, i) => `a.n.${i}`));
    });

    it('goes on with a publisher that comes back', async () => {
      const { client, send } = await world();
      const seen: string[] = [];
      await client.subscribe('a', (message) => seen.push(message.text()));
      await settled(send, () => seen.length > 0, 'a');
      const address = opened.pub?.lastEndpoint ?? '';
      opened.pub?.close();
      const pub = new Publisher({ linger: 0 });
      opened.pub = pub;
      await eventually('the address is free', () =>
        pub.bind(address).then(
          () => true,
          () => false,
        ),
      );
      await eventually('the next one', async () => {
        await pub.send(['a', 'again']);
        return seen.includes('again');
      });
    });

    it('is refused for a pattern that is none, and where no publisher is', async () => {
      const { client } = await world();
      await expect(client.subscribe('a.>.b')).rejects.toMatchObject({ code: 'INVALID_PATTERN' });
      await expect(client.subscribe([])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      const broker = opened.broker as FakeBroker;
      const lonely = await connect({ router: broker.address, pub: 'tcp://127.0.0.1:1', timeoutMs: 50 });
      await expect(lonely.subscribe('a')).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
      await lonely.close();
    });
  });
});
