// The earlier sidecar's requests, byte by byte, to a sidecar process: what a client that knows only the earlier form sends and
// gets. No codec of the project takes part.

import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tachyon } from '../../internal/testing/processes/tachyon.ts';

const tachyon = new Tachyon();
let socketPath = '';

beforeAll(async () => {
  socketPath = join(tachyon.folder, 'tachyon-fastpath.sock');
  const sidecar = tachyon.start(['sidecar'], { env: { FASTPATH_SOCKET_PATH: socketPath } });
  await sidecar.says('"msg":"ready"');
});
afterAll(() => tachyon.remove());

/** Spaces stand between fields and mean nothing. */
const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

/** Everything that the sidecar answers to these requests, of one connection. */
async function answers(...requests: readonly Buffer[]): Promise<Buffer> {
  const socket = connect({ path: socketPath, allowHalfOpen: true });
  await once(socket, 'connect');
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  socket.end(Buffer.concat(requests));
  await once(socket, 'end');
  return Buffer.concat(parts);
}

/** Operation u8, flags u8, topic length u16, payload length u32, topic, payload. */
function request(op: number, topic: string, payload: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt8(op, 0);
  head.writeUInt16BE(topic.length, 2);
  head.writeUInt32BE(payload.length, 4);
  return Buffer.concat([head, Buffer.from(topic), payload]);
}

/** Status u16, body length u32, body. */
function replyOf(said: Buffer): { readonly status: number; readonly body: Buffer } {
  expect(said.length).toBe(6 + said.readUInt32BE(2));
  return { status: said.readUInt16BE(0), body: said.subarray(6) };
}

const FRAME = 'ae7b 01 00 0003 00000005 612e62 68656c6c6f';

describe('the earlier form', () => {
  it('op 1 encodes topic and payload into the binary frame', async () => {
    const said = await answers(bytes('01 00 0003 00000005 612e62 68656c6c6f'));
    expect(said).toEqual(bytes(`0000 00000012 ${FRAME}`));
  });

  it('op 2 says version, flags and lengths of a frame', async () => {
    expect(await answers(request(2, '', bytes(FRAME)))).toEqual(bytes('0000 00000008 01 00 0003 00000005'));
  });

  it('op 3 compresses behind the size in four bytes, and op 4 gives back what it was', async () => {
    const plain = Buffer.alloc(300_000, 'what repeats can be compressed; ');
    const packed = replyOf(await answers(request(3, '', plain)));
    expect([packed.status, packed.body.readUInt32BE(0)]).toEqual([0, plain.length]);
    expect(packed.body.length).toBeLessThan(plain.length / 10);
    const back = replyOf(await answers(request(4, '', packed.body)));
    expect([back.status, back.body.equals(plain)]).toEqual([0, true]);
    // An LZ4 block of literals alone, made by hand: its token, and five letters.
    expect(await answers(request(4, '', bytes('00000005 50 68656c6c6f')))).toEqual(bytes('0000 00000005 68656c6c6f'));
  });

  it('says status 1 and why to what it cannot do, and goes on', async () => {
    const good = bytes('01 00 0003 00000005 612e62 68656c6c6f');
    for (const bad of [request(9, 't', bytes('00')), request(2, '', Buffer.alloc(10)), request(4, '', bytes('ffff'))]) {
      const said = await answers(bad, good);
      expect(said.readUInt16BE(0)).toBe(1);
      const length = said.readUInt32BE(2);
      expect(said.toString('latin1', 6, 6 + length)).toMatch(/^[A-Z_]+: /);
      expect(said.subarray(6 + length)).toEqual(bytes(`0000 00000012 ${FRAME}`));
    }
  });

  it('takes bodies of 64 MiB, and passes over larger ones without losing its step', async () => {
    const most = 64 * 1024 * 1024;
    expect(replyOf(await answers(request(1, 'a', Buffer.alloc(most)))).body.length).toBe(10 + 1 + most);
    const said = await answers(request(1, 'a', Buffer.alloc(most + 1)), request(1, 'a', bytes('62')));
    const length = said.readUInt32BE(2);
    expect([said.readUInt16BE(0), said.toString('latin1', 6, 6 + length)]).toEqual([
      1,
      expect.stringMatching(/^PAYLOAD_TOO_LARGE: /),
    ]);
    expect(said.subarray(6 + length)).toEqual(bytes('0000 0000000c ae7b 01 00 0001 00000001 61 62'));
  });
});
