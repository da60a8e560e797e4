// Conformance: what arrives, arrives whole, in order and from the right peer.

import { expect, test } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { sendInPieces } from '../transport.ts';
import { bytes, text, type World } from './harness.ts';

type OpenWorld = () => Promise<World>;

export function deliveryCases(open: OpenWorld): void {
  test('frames arrive byte for byte in both directions, empty ones included', async () => {
    const world = await open();
    const everyByte = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    const shapes = [[everyByte], [bytes('')], [bytes(''), everyByte, bytes('')], [bytes(''), bytes('')]];
    const { dealer, peer } = await world.peer('hello');
    for (const shape of shapes) await dealer.send(shape);
    await eventually('all shapes', () => world.recorder.from(peer).length === shapes.length + 1);
    expect(world.recorder.from(peer).slice(1).map(asHex)).toEqual(shapes.map(asHex));

    for (const shape of shapes) expect(world.transport.send(peer, shape)).toBe('accepted');
    for (const shape of shapes) expect(asHex(await dealer.receive())).toEqual(asHex(shape));
  });

  test('a view into a larger buffer is sent as the view, and a plain Uint8Array as its bytes', async () => {
    const world = await open();
    const { dealer, peer } = await world.peer('hello');
    const large = new Uint8Array(1_000).map((_, index) => index);
    world.transport.send(peer, [large.subarray(300, 700), large.subarray(10, 20)]);
    const [long, short] = await dealer.receive();
    expect(Buffer.from(large.subarray(300, 700)).equals(long ?? Buffer.alloc(0))).toBe(true);
    expect(Buffer.from(large.subarray(10, 20)).equals(short ?? Buffer.alloc(0))).toBe(true);
  });

  test('a frame in pieces arrives as one frame, in its order', async () => {
    const world = await open();
    const { dealer, peer } = await world.peer('hello');
    const pieces = [bytes('head'), new Uint8Array(100_000).fill(7), bytes('')];
    world.transport.send(peer, [bytes('before')]);
    expect(sendInPieces(world.transport, peer, pieces)).toBe('accepted');
    expect(sendInPieces(world.transport, peer, [bytes('short')])).toBe('accepted');
    expect(text((await dealer.receive())[0])).toBe('before');
    expect(asHex(await dealer.receive())).toEqual(asHex([Buffer.concat(pieces)]));
    expect(asHex(await dealer.receive())).toEqual(asHex([bytes('short')]));
  });

  test('messages of one peer keep their order in both directions', async () => {
    const world = await open();
    const { dealer, peer } = await world.peer('hello');
    const count = 5_000;
    for (let number = 0; number < count; number += 1) await dealer.send(String(number));
    await eventually('all messages', () => world.recorder.from(peer).length === count + 1);
    const heard = world.recorder
      .from(peer)
      .slice(1)
      .map((message) => Number(text(message[0])));
    expect(heard).toEqual(heard.map((_, index) => index));

    for (let number = 0; number < count; number += 1) {
      await eventually('room', () => world.transport.send(peer, [bytes(String(number))]) === 'accepted');
      if (number % 100 === 99)
        for (let read = number - 99; read <= number; read += 1)
          expect(text((await dealer.receive())[0])).toBe(String(read));
    }
  });

  test('a message of 1,000 frames stays one message', async () => {
    const world = await open();
    const { dealer, peer } = await world.peer('hello');
    const many = Array.from({ length: 1_000 }, (_, index) => bytes(`frame ${index}`));
    await dealer.send(many);
    const message = await eventually('the message', () => world.recorder.from(peer)[1]);
    expect(asHex(message)).toEqual(asHex(many));
    world.transport.send(peer, many);
    expect(asHex(await dealer.receive())).toEqual(asHex(many));
  });

  test('8 MiB travel whole in both directions', async () => {
    const world = await open();
    const { dealer, peer } = await world.peer('hello');
    const large = Buffer.alloc(8 * 1024 * 1024, 'tachyon ');
    await dealer.send(large);
    const message = await eventually('the large message', () => world.recorder.from(peer)[1]);
    expect(large.equals(message[0] ?? Buffer.alloc(0))).toBe(true);
    expect(world.transport.send(peer, [large])).toBe('accepted');
    expect(large.equals((await dealer.receive())[0] ?? Buffer.alloc(0))).toBe(true);
  });

  test('two peers do not mix: each is heard and answered as itself', async () => {
    const world = await open();
    const left = await world.peer('left');
    const right = await world.peer('right', { routingId: 'a-chosen-name' });
    expect(left.peer).not.toBe(right.peer);
    const rounds = 200;
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all([left.dealer.send(`left ${round}`), right.dealer.send(`right ${round}`)]);
    }
    await eventually('both complete', () =>
      [left, right].every((side) => world.recorder.from(side.peer).length === rounds + 1),
    );
    for (const [side, name] of [
      [left, 'left'],
      [right, 'right'],
    ] as const) {
      expect(world.recorder.from(side.peer).every((message) => text(message[0]).startsWith(name))).toBe(true);
      world.transport.send(side.peer, [bytes(`for ${name}`)]);
      expect(text((await side.dealer.receive())[0])).toBe(`for ${name}`);
    }
  });

  test('every batch has messages, and the end of each poll phase is told', async () => {
    const world = await open();
    const { dealer, peer } = await world.peer('hello');
    for (let number = 0; number < 2_000; number += 1) await dealer.send('x');
    await eventually('all messages', () => world.recorder.from(peer).length === 2_001);
    await eventually('the last phase ends', () => world.recorder.batchesOpen === 0);
    expect(world.recorder.emptyBatches).toBe(0);
    expect(world.recorder.idles).toBeGreaterThan(0);
  });

  test('a handler may answer from inside the batch', async () => {
    const world = await open();
    world.recorder.reply = (peer, message) => world.transport.send(peer, message);
    const dealer = world.dealer();
    for (let number = 0; number < 500; number += 1) {
      await dealer.send(String(number));
      expect(text((await dealer.receive())[0])).toBe(String(number));
    }
  });
}

const asHex = (frames: readonly Uint8Array[]): string[] => frames.map((frame) => Buffer.from(frame).toString('hex'));
