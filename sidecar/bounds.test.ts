// What the sidecar may cost and whose its socket is: memory under clients that send too much, leave or stall; a socket that
// is taken, removed or alive; and a stop in order.

import { existsSync, lstatSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../internal/testing/eventually.ts';
import { earlierRequest, rawRequest } from '../internal/testing/sidecar/raw-client.ts';
import { hex, large, SidecarWorld, text } from '../internal/testing/sidecar/sidecar-world.ts';
import { OPERATIONS, SIDECAR_BODY_BYTES_MAX } from '../pkg/encoding/fastpath/operations.ts';
import { startSidecar } from './server.ts';

const MIB = 1024 * 1024;
const { encodeFrame, compress, checksum } = OPERATIONS;

let world: SidecarWorld;

beforeEach(() => {
  world = new SidecarWorld();
});
afterEach(() => world.end());

describe('memory', () => {
  it('is bounded: a client that sends more is not read until its replies are taken', async () => {
    const sidecar = await world.start();
    const one = await world.client();
    one.socket.pause();
    // Of 64 MiB and its frame a connection may hold one.
    const request = earlierRequest({ operation: checksum, payload: text('abc') });
    const frame = rawRequest({ operation: encodeFrame, payload: Buffer.alloc(SIDECAR_BODY_BYTES_MAX) });
    for (let i = 0; i < 4; i += 1) one.send(frame);
    one.send(request);
    await eventually('the bound is reached', () => sidecar.heldBytes > 128 * MIB);
    expect(sidecar.heldBytes).toBeLessThanOrEqual(160 * MIB);
    expect(one.socket.writableLength).toBeGreaterThan(2 * SIDECAR_BODY_BYTES_MAX);
    for (let i = 0; i < 4; i += 1) {
      expect((await one.reply())?.bodyLength).toBe(10 + SIDECAR_BODY_BYTES_MAX);
      expect(sidecar.heldBytes).toBeLessThanOrEqual(160 * MIB);
    }
    expect(hex((await one.earlierReply())?.body)).toBe('352441c2');
  });

  it('is bounded over all connections, and each gets its turn', async () => {
    const sidecar = await world.start({ totalBytesMax: 160 * MIB });
    const frame = rawRequest({ operation: encodeFrame, payload: Buffer.alloc(SIDECAR_BODY_BYTES_MAX) });
    const many = await Promise.all([world.client(), world.client(), world.client()]);
    for (const one of many) one.send(frame);
    let most = 0;
    const replies = await Promise.all(
      many.map(async (one) => {
        const reply = await one.reply();
        most = Math.max(most, sidecar.heldBytes);
        return reply;
      }),
    );
    expect(replies.map((reply) => reply?.status)).toEqual([0, 0, 0]);
    expect(most).toBeLessThanOrEqual(160 * MIB);
    await eventually('all room is given back', () => sidecar.heldBytes === 0);
  });

  it('is given back by a client that leaves in the middle, and by one that never ends its request', async () => {
    const sidecar = await world.start({ transferMs: 200 });
    const gone = await world.client();
    gone.send(rawRequest({ operation: checksum, payload: Buffer.alloc(MIB) }).subarray(0, 5000));
    await eventually('its room is held', () => sidecar.heldBytes > MIB);
    gone.close();
    await eventually('its room is given back', () => sidecar.heldBytes === 0);
    const slow = await world.client();
    slow.send(earlierRequest({ operation: checksum, payload: Buffer.alloc(MIB) }).subarray(0, 5000));
    await eventually('its room is held', () => sidecar.heldBytes > MIB);
    expect(await slow.earlierReply()).toBeNull();
    await eventually('its room is given back', () => sidecar.heldBytes === 0);
  });

  it('is given back by a client that does not take its replies', async () => {
    const sidecar = await world.start({ transferMs: 200 });
    const one = await world.client();
    one.socket.pause();
    one.send(rawRequest({ operation: encodeFrame, payload: Buffer.alloc(16 * MIB) }));
    await eventually('its room is held', () => sidecar.heldBytes > 16 * MIB);
    await eventually(
      'the connection is ended and its room given back',
      () => sidecar.heldBytes === 0 && sidecar.connections === 0,
    );
  });
});

describe('the socket', () => {
  it('is its owner’s alone', async () => {
    await world.start();
    expect(lstatSync(world.socketPath).mode & 0o777).toBe(0o600);
  });

  it('of a live sidecar is refused by name, and goes on', async () => {
    await world.start();
    const one = await world.client();
    await expect(startSidecar({ socketPath: world.socketPath, workers: 1 })).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
      detail: expect.stringContaining(world.socketPath) as string,
    });
    expect((await one.ask({ operation: checksum, payload: text('abc') }))?.status).toBe(0);
    expect((await (await world.client()).ask({ operation: checksum, payload: text('abc') }))?.status).toBe(0);
  });

  it('that is a file is refused, and left as it is', async () => {
    writeFileSync(world.socketPath, 'mine');
    await expect(startSidecar({ socketPath: world.socketPath, workers: 1 })).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
    });
    expect(lstatSync(world.socketPath).isFile()).toBe(true);
    rmSync(world.socketPath);
    symlinkSync(join(world.folder, 'elsewhere'), world.socketPath);
    await expect(startSidecar({ socketPath: world.socketPath, workers: 1 })).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
    });
  });

  it('that was removed is made again, and who was connected stays', async () => {
    await world.start();
    const before = await world.client();
    rmSync(world.socketPath);
    await eventually('the socket is there again', () => existsSync(world.socketPath));
    expect(lstatSync(world.socketPath).mode & 0o777).toBe(0o600);
    expect((await before.ask({ operation: checksum, payload: text('abc') }))?.status).toBe(0);
    expect((await (await world.client()).ask({ operation: checksum, payload: text('abc') }))?.status).toBe(0);
    expect(world.seen).toEqual([{ type: 'socket-restored', path: world.socketPath }]);
  });

  it('that another one has taken is left to it: the sidecar says so, and removes nothing', async () => {
    const first = await world.start();
    rmSync(world.socketPath);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(world.socketPath, resolve));
    await eventually('it is noticed', () => world.seen.some(({ type }) => type === 'socket-taken'));
    await first.stop(0);
    expect(existsSync(world.socketPath)).toBe(true);
    await new Promise((resolve) => other.close(resolve));
  });
});

describe('a stop', () => {
  it('answers what is under way, takes nothing new, and removes the socket', async () => {
    const sidecar = await world.start();
    const [busy, idle] = [await world.client(), await world.client()];
    const payloads = [1, 2, 3, 4].map((n) => large(n * 4 * MIB));
    for (const [i, payload] of payloads.entries())
      busy.send(rawRequest({ operation: compress, payload, requestId: i }));
    await eventually('all of it is under way', () => sidecar.heldBytes > 80 * MIB);
    const stopped = sidecar.stop(10_000);
    const replies = [await busy.reply(), await busy.reply(), await busy.reply(), await busy.reply()];
    expect(replies.map((reply) => reply?.status)).toEqual([0, 0, 0, 0]);
    expect(await busy.reply()).toBeNull();
    expect(await idle.reply()).toBeNull();
    busy.close();
    idle.close();
    await stopped;
    expect(existsSync(world.socketPath)).toBe(false);
  });
});
