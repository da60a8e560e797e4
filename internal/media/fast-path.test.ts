// The fast path against a real sidecar, behind a socket that damages what it is told to. Whatever happens, a call ends
// with the right bytes or with a code, as the rule says.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeRequestHead } from '../../pkg/encoding/fastpath/request-head.ts';
import { encodeResponseHead } from '../../pkg/encoding/fastpath/response-head.ts';
import { compressBlockLE, decompressBlockLE, type Lz4Result } from '../../pkg/encoding/lz4.ts';
import { COMPRESSION_LZ4, COMPRESSION_NONE } from '../../pkg/protocol/block.ts';
import { type RunningSidecar, startSidecar } from '../../sidecar/server.ts';
import { eventually } from '../testing/eventually.ts';
import { DAMAGES, FaultyProxy } from '../testing/sidecar/faulty-proxy.ts';
import { type BodyCodec, codecNamed, codecOf } from './codecs.ts';
import { FastPath, type FastPathRules } from './fast-path.ts';
import type { SidecarClientOptions } from './sidecar-client.ts';

const LZ4 = codecOf(COMPRESSION_LZ4) as BodyCodec;
const CUTOVER = 1000;
const SIZE_MAX = 64 * 1024 * 1024;

let folder: string;
let sidecarPath: string;
let sidecar: RunningSidecar | null;
let proxy: FaultyProxy;
let paths: FastPath[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tachyon-media-'));
  sidecarPath = join(folder, 's');
  sidecar = null;
  paths = [];
  proxy = await FaultyProxy.listen(join(folder, 'p'), sidecarPath);
});

afterEach(async () => {
  for (const path of paths) path.close();
  await proxy.close();
  await sidecar?.stop(0);
  rmSync(folder, { recursive: true, force: true });
});

const start = async (): Promise<void> => {
  sidecar = await startSidecar({ socketPath: sidecarPath, workers: 1 });
};

function fastPath(rules: Partial<FastPathRules> = {}, client: Partial<SidecarClientOptions> = {}): FastPath {
  const path = new FastPath({
    sidecar: { socketPath: proxy.path, timeoutMs: 15_000, delayFirstMs: 10, delayLongestMs: 50, ...client },
    cutoverBytes: CUTOVER,
    require: false,
    fallbackToLocal: true,
    ...rules,
  });
  paths.push(path);
  return path;
}

const body = (length: number): Buffer => Buffer.alloc(length, 'a body that repeats itself; ');
const plainOf = (packed: Lz4Result): Buffer => {
  if (!(packed instanceof Uint8Array)) throw new Error(`refused: ${packed.error} ${packed.detail}`);
  const plain = decompressBlockLE(packed, SIZE_MAX);
  if (!(plain instanceof Uint8Array)) throw new Error(`not compressed: ${plain.error} ${plain.detail}`);
  return Buffer.from(plain);
};
const codeOf = (result: Lz4Result): string => (result instanceof Uint8Array ? 'done' : result.error);

describe('the codecs', () => {
  it('are found by number and by name, and no others', () => {
    expect(codecNamed('lz4')).toBe(LZ4);
    expect([codecOf(COMPRESSION_NONE), codecOf(99), codecNamed('zstd')]).toEqual([null, null, null]);
  });
});

describe('with a sidecar that is well', () => {
  it('bodies from the cutover on go to it, and smaller ones do not', async () => {
    await start();
    const path = fastPath();
    await path.open();
    for (const length of [0, 1, CUTOVER - 1, CUTOVER, 100_000, 3_000_000]) {
      const packed = await path.compress(LZ4, body(length));
      expect(plainOf(packed).equals(body(length))).toBe(true);
      const plain = await path.decompress(LZ4, packed as Uint8Array, SIZE_MAX);
      expect(Buffer.from(plain as Uint8Array).equals(body(length))).toBe(true);
    }
    expect(path.status).toMatchObject({ mode: 'sidecar', bySidecar: 6, fellBack: 0, refused: 0 });
    expect([path.isOffLoop(CUTOVER - 1), path.isOffLoop(CUTOVER)]).toEqual([false, true]);
  });

  it('many at once share one connection, and each gets its own bytes', async () => {
    await start();
    const path = fastPath();
    const bodies = Array.from({ length: 100 }, (_, i) => body(CUTOVER + i * 997));
    const packed = await Promise.all(bodies.map((one) => path.compress(LZ4, one)));
    expect(packed.map((one) => plainOf(one).length)).toEqual(bodies.map(({ length }) => length));
    expect(path.status.bySidecar).toBe(100);
    expect(sidecar?.connections).toBe(1);
  });

  it('a bomb and a damaged block are refused with their own codes, whatever the rule', async () => {
    await start();
    for (const rule of [{}, { fallbackToLocal: false }, { require: true }]) {
      const path = fastPath(rule);
      const bomb = compressBlockLE(body(8_000_000));
      expect(codeOf(await path.decompress(LZ4, bomb, 1_000_000))).toBe('PAYLOAD_TOO_LARGE');
      const damaged = Buffer.from(compressBlockLE(body(100_000)));
      damaged.fill(0xff, 4, 40);
      expect(codeOf(await path.decompress(LZ4, damaged, SIZE_MAX))).toBe('MALFORMED_BODY');
      // What is wrong with a body says nothing against the sidecar.
      expect(path.status.sidecar?.breaker).toBe('closed');
      expect(path.status.sidecar?.lost).toBe(0);
    }
  });
});

describe('without a sidecar', () => {
  /** Where no sidecar is, yet. */
  const nobody = () => ({ socketPath: sidecarPath });

  it('where none is wanted, all is done here', async () => {
    const path = fastPath({ sidecar: null });
    await path.open();
    expect(plainOf(await path.compress(LZ4, body(50_000))).length).toBe(50_000);
    expect(path.status).toMatchObject({ mode: 'local', local: 1, sidecar: null });
    expect(path.isOffLoop(SIZE_MAX)).toBe(false);
  });

  it.each([
    ['a fallback', { fallbackToLocal: true }],
    ['no fallback', { fallbackToLocal: false }],
  ])('with %s all is done here, and the start is not held up', async (_, rule) => {
    const path = fastPath(rule, nobody());
    await path.open();
    for (let i = 0; i < 10; i += 1) expect(plainOf(await path.compress(LZ4, body(5000))).length).toBe(5000);
    expect(path.status).toMatchObject({ bySidecar: 0, fellBack: 10, refused: 0 });
  });

  it('that is required, the start is refused with a code, and so is each call', async () => {
    await expect(fastPath({ require: true }, nobody()).open()).rejects.toMatchObject({
      code: 'SIDECAR_UNAVAILABLE',
      detail: expect.stringContaining(sidecarPath) as string,
    });
    const path = fastPath({ require: true }, nobody());
    expect(codeOf(await path.compress(LZ4, body(5000)))).toBe('SIDECAR_UNAVAILABLE');
    expect(codeOf(await path.decompress(LZ4, compressBlockLE(body(5000)), SIZE_MAX))).toBe('SIDECAR_UNAVAILABLE');
    expect(plainOf(await path.compress(LZ4, body(10))).length).toBe(10);
  });

  it('that comes later, it is found by a probe', async () => {
    const path = fastPath({}, nobody());
    for (let i = 0; i < 5; i += 1) await path.compress(LZ4, body(5000));
    expect(path.status.sidecar?.breaker).not.toBe('closed');
    await start();
    await eventually('the sidecar is used', async () => {
      await path.compress(LZ4, body(5000));
      return path.status.bySidecar > 0;
    });
    expect(path.status.sidecar?.breaker).toBe('closed');
  });
});

describe.each(DAMAGES)('when %s befalls what is sent', (damage) => {
  it.each([
    ['the fallback gives the right bytes', { fallbackToLocal: true }, ['done']],
    [
      'no fallback gives them or a code',
      { fallbackToLocal: false },
      ['done', 'SIDECAR_UNAVAILABLE', 'CHECKSUM_MISMATCH'],
    ],
    ['a required one gives them or a code', { require: true }, ['done', 'SIDECAR_UNAVAILABLE', 'CHECKSUM_MISMATCH']],
  ] as const)('%s, and afterwards the sidecar is used again', async (_, rule, allowed) => {
    await start();
    const path = fastPath(rule, { timeoutMs: 300 });
    await path.open();
    proxy.damage = damage;
    const bodies = Array.from({ length: 8 }, (_, i) => body(CUTOVER + 50_000 * i));
    const packed = await Promise.all(bodies.map((one) => path.compress(LZ4, one)));
    expect(proxy.damaged).toBeGreaterThan(0);
    for (const [i, one] of packed.entries()) {
      expect(allowed).toContain(codeOf(one));
      if (one instanceof Uint8Array) expect(plainOf(one).equals(bodies[i] as Buffer)).toBe(true);
    }
    const { bySidecar } = path.status;
    expect(bySidecar).toBeLessThan(8);
    if (allowed.length > 1) expect(packed.filter((one) => one instanceof Uint8Array)).toHaveLength(bySidecar);
    proxy.damage = null;
    await eventually('the sidecar is used again', async () => {
      await path.compress(LZ4, body(5000));
      return path.status.bySidecar > bySidecar && path.status.sidecar?.breaker === 'closed';
    });
    expect(path.status.sidecar).toMatchObject({ pending: 0, pendingBytes: 0 });
  });
});

describe('bounds', () => {
  it('what is under way is bounded; what goes beyond is not asked for', async () => {
    await start();
    const path = fastPath({}, { pendingBytesMax: 5_000_000 });
    const packed = await Promise.all(Array.from({ length: 10 }, () => path.compress(LZ4, body(1_000_000))));
    expect(packed.every((one) => plainOf(one).length === 1_000_000)).toBe(true);
    expect(path.status).toMatchObject({ bySidecar: 2, fellBack: 8 });
    expect(path.status.sidecar).toMatchObject({ turnedAway: 8, pendingBytes: 0 });
  });

  it('a sidecar that takes and never answers costs its timeout a few times, and then nothing', async () => {
    const held: Socket[] = [];
    const mute: Server = createServer((socket) => held.push(socket.on('error', () => undefined)));
    const socketPath = join(folder, 'mute');
    await new Promise<void>((resolve) => mute.listen(socketPath, resolve));
    try {
      const path = fastPath(
        {},
        { socketPath, timeoutMs: 50, timeoutMsPerMib: 0, delayFirstMs: 60_000, delayLongestMs: 60_000 },
      );
      for (let i = 0; i < 200; i += 1) expect(plainOf(await path.compress(LZ4, body(5000))).length).toBe(5000);
      expect(path.status.sidecar).toMatchObject({ lost: 3, turnedAway: 197, breaker: 'open' });
      expect(path.status.sidecar?.lastFault).toBe('no answer within 50 ms');
    } finally {
      for (const socket of held) socket.destroy();
      await new Promise((resolve) => mute.close(resolve));
    }
  });

  it.each([
    ['says more than the request can have', { bodyLength: 0xffff_ffff }, 'says 4294967295 bytes, at most 5'],
    ['is to other bytes', { requestCrc: 0 }, 'is to other bytes'],
    ['is to another operation', { operation: 5 }, 'is to another operation'],
    ['is to a request that was never made', { requestId: 99 }, 'which was not made'],
    ['decompresses to another size', {}, 'the compressed body says another size'],
  ])('an answer that %s is not believed', async (_, lie, words) => {
    // A compressed body with checksums that fit: only what the lie says is wrong with it.
    const packed = compressBlockLE(body(4999));
    const liar = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (bytes: Buffer) => {
        const head = decodeRequestHead(bytes);
        if ('type' in head) throw new Error(head.detail);
        const { operation, requestId, bodyCrc: requestCrc } = head;
        const answer = {
          operation,
          status: 0,
          requestId,
          bodyLength: packed.length,
          requestCrc,
          bodyCrc: crc32(packed),
        };
        socket.write(Buffer.concat([encodeResponseHead({ ...answer, ...lie }), packed]));
      });
    });
    const socketPath = join(folder, 'liar');
    await new Promise<void>((resolve) => liar.listen(socketPath, resolve));
    try {
      const path = fastPath({ require: true }, { socketPath });
      const answer = await path.compress(LZ4, body(5000));
      expect(answer).toMatchObject({ error: 'SIDECAR_UNAVAILABLE', detail: expect.stringContaining(words) as string });
    } finally {
      for (const path of paths) path.close();
      await new Promise((resolve) => liar.close(resolve));
    }
  });

  it('a closed fast path ends what is under way by the rule', async () => {
    await start();
    const path = fastPath({ require: true });
    const under = path.compress(LZ4, body(3_000_000));
    path.close();
    expect(codeOf(await under)).toBe('SIDECAR_UNAVAILABLE');
    expect(codeOf(await path.compress(LZ4, body(5000)))).toBe('SIDECAR_UNAVAILABLE');
  });
});
