// What every PUB side must do, as one suite that each of them runs: subscribers get what they asked for, a deaf one holds
// up nobody, and closing lets the rest out. The subscribers are plain SUB sockets.

import { afterEach, describe, expect, test } from 'vitest';
import { Subscriber } from 'zeromq';
import { eventually } from '../../testing/eventually.ts';
import { type FanoutTransport, publishAll } from '../transport.ts';

export interface FanoutSettings {
  readonly address: string;
  readonly sendHighWaterMark: number;
}

const SETTINGS: FanoutSettings = { address: 'tcp://127.0.0.1:*', sendHighWaterMark: 10_000 };

export function fanoutConformance(name: string, factory: (settings: FanoutSettings) => FanoutTransport): void {
  describe(`${name}: publishing`, () => cases(factory));
}

function cases(factory: (settings: FanoutSettings) => FanoutTransport): void {
  const transports: FanoutTransport[] = [];
  const subscribers: Subscriber[] = [];

  async function listening(settings: Partial<FanoutSettings> = {}): Promise<FanoutTransport> {
    const transport = factory({ ...SETTINGS, ...settings });
    transports.push(transport);
    await transport.listen();
    return transport;
  }

  /** A subscriber whose subscription has reached the publisher. */
  async function subscribed(
    transport: FanoutTransport,
    prefix: string,
    receiveHighWaterMark = 1_000,
  ): Promise<Subscriber> {
    const subscriber = new Subscriber({ linger: 0, receiveHighWaterMark, receiveTimeout: 20 });
    subscribers.push(subscriber);
    subscriber.connect(transport.address);
    subscriber.subscribe(prefix);
    await eventually('the subscription', async () => {
      transport.publish([Buffer.from(`${prefix}.sync`)]);
      return subscriber.receive().then(
        () => true,
        () => false,
      );
    });
    // More than one "sync" may have been on its way.
    await eventually('silence', () =>
      subscriber.receive().then(
        () => false,
        () => true,
      ),
    );
    subscriber.receiveTimeout = 5_000;
    return subscriber;
  }

  afterEach(async () => {
    for (const subscriber of subscribers.splice(0)) subscriber.close();
    await Promise.all(transports.splice(0).map((transport) => transport.close(0)));
  });

  test('a subscriber gets the topics that it asked for, frame by frame', async () => {
    const transport = await listening();
    const subscriber = await subscribed(transport, 'orders');
    expect(transport.publish([Buffer.from('payments.made'), Buffer.from('no')])).toBe(true);
    expect(transport.publish([Buffer.from('orders.made'), Buffer.alloc(0), Buffer.from('yes')])).toBe(true);
    const frames = await subscriber.receive();
    expect(frames.map(String)).toEqual(['orders.made', '', 'yes']);
  });

  test('a run of one topic arrives as its messages, in order, short and long ones', async () => {
    const transport = await listening();
    const subscriber = await subscribed(transport, 'run');
    const sizes = [0, 10, 100_000, 5, 5, 4_096, 60_000, 1];
    const run = sizes.map((size, index) => [Buffer.from('run.a'), Buffer.alloc(size, index), Buffer.from(`${index}`)]);
    publishAll(transport, run);
    publishAll(
      transport,
      run.map(([, ...rest]) => [Buffer.from('other'), ...rest]),
    );
    for (const frames of run) {
      const heard = await subscriber.receive();
      expect(heard.map((frame) => frame.toString('latin1'))).toEqual(frames.map((frame) => frame.toString('latin1')));
    }
  });

  test('a deaf subscriber misses messages and holds up neither the publisher nor the others', async () => {
    const transport = await listening({ sendHighWaterMark: 100 });
    const deaf = await subscribed(transport, 'x', 1);
    const quick = await subscribed(transport, 'x', 1_000);
    const block = Buffer.alloc(64 * 1024);
    for (let number = 0; number < 1_000; number += 1) {
      expect(transport.publish([Buffer.from(`x.${number}`), block])).toBe(true);
      const [topic] = await quick.receive();
      expect(String(topic)).toBe(`x.${number}`);
    }
    deaf.receiveTimeout = 200;
    let heard = 0;
    const hearAll = async (): Promise<never> => {
      for (;;) {
        await deaf.receive();
        heard += 1;
      }
    };
    await expect(hearAll()).rejects.toMatchObject({ code: 'EAGAIN' });
    expect(heard).toBeGreaterThan(0);
    expect(heard).toBeLessThan(1_000);
  });

  test('close lets out what was published before it', async () => {
    const transport = await listening();
    const subscriber = await subscribed(transport, 'last');
    for (let number = 0; number < 100; number += 1) transport.publish([Buffer.from(`last.${number}`)]);
    await transport.close(5_000);
    for (let number = 0; number < 100; number += 1) expect(String(await subscriber.receive())).toBe(`last.${number}`);
  });

  test('nothing is published before listen or after close', async () => {
    const transport = factory(SETTINGS);
    expect(transport.publish([Buffer.from('early')])).toBe(false);
    await transport.listen();
    await transport.close(0);
    expect(transport.publish([Buffer.from('late')])).toBe(false);
  });

  test('an address in use is refused by its name', async () => {
    const transport = await listening();
    await expect(listening({ address: transport.address })).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
  });
}
