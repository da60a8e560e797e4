// One case of the fuzz: what a peer of no good sends, and in what pieces. The same seed gives the same case.
//
// Half of the cases begin with a good greeting and handshake, so that the traffic behind it is reached; then a few
// mutations strike anywhere: flipped bits, bytes put in, taken out and doubled, lengths at their extremes, an early end.

import { concat } from '../bytes.ts';
import { encodeCancel, encodeCommand, encodeError, encodePing, encodeSubscribe } from '../commands.ts';
import { encodeGreeting } from '../greeting.ts';
import { encodeMetadata } from '../metadata.ts';
import { ascii, hex } from './raw-peer.ts';
import type { Seeded } from './seeded.ts';

export interface FuzzCase {
  readonly chunks: readonly Uint8Array[];
  /** Ends with a reset instead of a goodbye. */
  readonly isReset: boolean;
}

const TYPES = ['DEALER', 'REQ', 'ROUTER', 'REP', 'SUB', 'XSUB', 'PUB', 'XPUB', 'PAIR', 'NONSENSE', ''];
const EXTREMES = ['00', '7f', 'ff', '0000000000000000', '7fffffffffffffff', 'ffffffffffffffff', '00000000ffffffff'];
const CHUNKS_MAX = 6;

export function fuzzCase(random: Seeded, liked: { readonly type: string; readonly mechanism: string }): FuzzCase {
  const isGood = random.below(2) === 0;
  let bytes = concat([
    isGood ? encodeGreeting(liked.mechanism, false) : greeting(random),
    ...handshake(
      random,
      isGood ? liked.type : random.pick(TYPES),
      isGood ? liked.mechanism : random.pick(['NULL', 'PLAIN']),
    ),
    ...Array.from({ length: random.below(12) }, () => traffic(random)),
  ]);
  const isWhole = isGood && random.below(4) === 0;
  if (!isWhole) for (let count = 1 + random.below(4); count > 0; count -= 1) bytes = mutate(bytes, random);
  return { chunks: cut(bytes, random), isReset: random.below(10) === 0 };
}

function greeting(random: Seeded): Uint8Array {
  switch (random.below(6)) {
    case 0:
      return random.bytes(random.below(100));
    case 1: // ZMTP 2.0
      return concat([
        hex('ff00000000000000017f'),
        Uint8Array.of(1 + random.below(2), random.below(12), 0, 2),
        ascii('id'),
      ]);
    case 2: // ZMTP 1.0
      return random.pick([hex('01 00'), hex('ff 0000000000000002 00 61')]);
    case 3: {
      const later = encodeGreeting('NULL', random.below(2) === 0);
      later[10] = 3 + random.below(3);
      later[11] = random.below(3);
      return later;
    }
    case 4:
      return encodeGreeting(random.pick(['PLAIN', 'CURVE', 'NULL', 'GSSAPI', 'null', '']), random.below(2) === 0);
    default:
      return encodeGreeting('NULL', false);
  }
}

function handshake(random: Seeded, type: string, mechanism: string): Uint8Array[] {
  const metadata = encodeMetadata([
    ['Socket-Type', ascii(type)],
    ['Identity', random.below(2) === 0 ? new Uint8Array(0) : random.bytes(random.below(4))],
    ...(random.below(4) === 0 ? ([['X-Long', random.bytes(random.below(400))]] as const) : []),
  ]);
  if (mechanism === 'NULL') return [encodeCommand('READY', metadata)];
  const hello = encodeCommand('HELLO', hex(`01 75 01 ${random.below(3) === 0 ? '78' : '70'}`));
  return [hello, encodeCommand('INITIATE', metadata)];
}

function traffic(random: Seeded): Uint8Array {
  switch (random.below(9)) {
    case 0:
      return encodeSubscribe(random.bytes(random.below(5)));
    case 1:
      return encodeCancel(random.bytes(random.below(3)));
    case 2:
      return encodePing(random.below(500));
    case 3:
      return encodeCommand('PONG', random.bytes(random.below(20)));
    case 4:
      return encodeError('no');
    case 5:
      return encodeCommand(random.pick(['READY', 'HELLO', 'UNKNOWN', 'JOIN']), random.bytes(random.below(10)));
    case 6:
      return concat([Uint8Array.of(random.below(4) * 2), random.bytes(9)]);
    case 7:
      return concat([hex('02 0000000000000200'), new Uint8Array(512)]);
    default: {
      const size = random.below(30);
      return concat([Uint8Array.of(random.below(2), size), random.bytes(size)]);
    }
  }
}

function mutate(bytes: Uint8Array, random: Seeded): Uint8Array {
  const at = random.below(bytes.length + 1);
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (random.below(6)) {
    case 0: {
      const flipped = Uint8Array.from(bytes);
      if (at < bytes.length) flipped[at] = bytes[at]! ^ (1 << random.below(8));
      return flipped;
    }
    case 1:
      return concat([head, random.bytes(1 + random.below(8)), tail]);
    case 2:
      return concat([head, tail.subarray(1 + random.below(8))]);
    case 3:
      return concat([head, bytes.subarray(Math.max(0, at - 1 - random.below(40)), at), tail]);
    case 4: {
      const extreme = hex(random.pick(EXTREMES));
      return concat([head, extreme, tail.subarray(extreme.length)]);
    }
    default:
      return head;
  }
}

function cut(bytes: Uint8Array, random: Seeded): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const size = chunks.length === CHUNKS_MAX ? rest.length : 1 + random.below(rest.length);
    chunks.push(rest.subarray(0, size));
    rest = rest.subarray(size);
  }
  return chunks;
}
