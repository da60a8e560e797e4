// Proved with octets written out by hand, cut at every point: what is decided, and at which octet.

import { describe, expect, it } from 'vitest';
import { encodeGreeting, encodeTail20, GREETING_SIZE, GreetingReader, type PeerGreeting } from './greeting.ts';
import { ascii, hex } from './testing/raw-peer.ts';

const SIGNATURE = 'ff 00 00 00 00 00 00 00 00 7f';

function read(...chunks: readonly Uint8Array[]): { greeting: PeerGreeting | undefined; taken: number } {
  const reader = new GreetingReader();
  let taken = 0;
  for (const chunk of chunks) taken += reader.push(chunk);
  return { greeting: reader.greeting, taken };
}

/** How many octets it takes until the reader refuses, and with what code. */
function refusal(octets: Uint8Array): { code: unknown; at: number } {
  const reader = new GreetingReader();
  for (const [at, octet] of octets.entries()) {
    try {
      reader.push(Uint8Array.of(octet));
    } catch (error) {
      return { code: (error as { code?: unknown }).code, at };
    }
  }
  return { code: undefined, at: octets.length };
}

describe('a greeting of ZMTP 3', () => {
  it('is 64 octets, as RFC 37 draws them', () => {
    const expected = Buffer.concat([hex(SIGNATURE), hex('03 01'), ascii('PLAIN'), Buffer.alloc(15), hex('01')]);
    expect(Buffer.from(encodeGreeting('PLAIN', true))).toEqual(Buffer.concat([expected, Buffer.alloc(31)]));
  });

  it('is read whole at whatever points it is cut, and what follows is left alone', () => {
    const bytes = Buffer.concat([encodeGreeting('NULL', false), ascii('next')]);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const { greeting, taken } = read(bytes.subarray(0, cut), bytes.subarray(cut));
      expect(greeting).toEqual({ version: '3.1', mechanism: 'NULL', isServer: false });
      expect(taken).toBe(GREETING_SIZE);
    }
  });

  it('tells its generation at the eleventh octet, so that the rest of ours can follow', () => {
    const reader = new GreetingReader();
    reader.push(hex(SIGNATURE));
    expect(reader.generation).toBeUndefined();
    reader.push(hex('03'));
    expect(reader.generation).toBe('3');
  });

  it('of minor version 0 is ZMTP 3.0, and of any later version one that steps down to 3.1', () => {
    const of = (major: number, minor: number): string | undefined => {
      const octets = encodeGreeting('NULL', false);
      octets[10] = major;
      octets[11] = minor;
      return read(octets).greeting?.version;
    };
    expect([of(3, 0), of(3, 1), of(3, 9), of(4, 0), of(255, 255)]).toEqual(['3.0', '3.1', '3.1', '3.1', '3.1']);
  });

  it('may have any padding: it says nothing', () => {
    const octets = encodeGreeting('NULL', false);
    octets.fill(0xab, 1, 9);
    expect(read(octets).greeting).toMatchObject({ mechanism: 'NULL' });
  });

  it('with a mechanism that is no name is refused', () => {
    const octets = encodeGreeting('NULL', false);
    octets[13] = 0x20;
    expect(refusal(octets)).toEqual({ code: 'BAD_GREETING', at: 63 });
    expect(refusal(encodeGreeting('', false))).toEqual({ code: 'BAD_GREETING', at: 63 });
  });
});

describe('a greeting of ZMTP 2.0', () => {
  const dealer = hex(`${SIGNATURE} 01 05 00 03 61 62 63`);

  it('is read with its socket type and identity, at whatever points it is cut', () => {
    const bytes = Buffer.concat([dealer, ascii('next')]);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const { greeting, taken } = read(bytes.subarray(0, cut), bytes.subarray(cut));
      expect(greeting).toEqual({ version: '2.0', socketType: 'DEALER', identity: ascii('abc') });
      expect(taken).toBe(dealer.length);
    }
  });

  it('may have no identity, or one of 255 octets', () => {
    expect(read(hex(`${SIGNATURE} 02 02 00 00`)).greeting).toEqual({
      version: '2.0',
      socketType: 'SUB',
      identity: new Uint8Array(0),
    });
    const long = Buffer.concat([hex(`${SIGNATURE} 01 03 00 ff`), Buffer.alloc(255, 7)]);
    expect(read(long).greeting).toMatchObject({ socketType: 'REQ', identity: new Uint8Array(255).fill(7) });
  });

  it('is answered with socket type and identity', () => {
    expect(Buffer.from(encodeTail20(6, ascii('me')))).toEqual(Buffer.from(hex('06 00 02 6d 65')));
  });

  it('with an unknown socket type, or an identity that is not one short frame, is refused at that octet', () => {
    expect(refusal(hex(`${SIGNATURE} 01 0b 00 00`))).toEqual({ code: 'BAD_GREETING', at: 11 });
    expect(refusal(hex(`${SIGNATURE} 01 05 01 00`))).toEqual({ code: 'BAD_GREETING', at: 12 });
  });
});

describe('what is neither', () => {
  it.each([
    ['ZMTP 1.0 with a short identity', '01 00', 'UNSUPPORTED_VERSION', 0],
    ['ZMTP 1.0 with a long identity', 'ff 00 00 00 00 00 00 01 00 00', 'UNSUPPORTED_VERSION', 9],
    ['a versioned greeting of revision 0', `${SIGNATURE} 00`, 'UNSUPPORTED_VERSION', 10],
    ['HTTP', '47 45 54 20 2f', 'UNSUPPORTED_VERSION', 0],
    ['a signature with another end', 'ff 00 00 00 00 00 00 00 00 7d', 'BAD_GREETING', 9],
  ])('%s is refused at once, without waiting for more', (_what, octets, code, at) => {
    expect(refusal(hex(octets))).toEqual({ code, at });
  });
});
