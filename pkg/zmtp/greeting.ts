// The greeting: 64 octets of ZMTP 3.x (RFC 37), or the shorter one of a 2.0 peer with its socket type and identity
// (RFC 15). Each octet that decides something is judged as soon as it is there, so that a peer which is not ZMTP, or is
// ZMTP 1.0, is refused without waiting for more. Bytes behind the greeting are left where they are.
//
//   0     1..8      9     10     11     12..31     32         33..63
//   FF    padding   7F    major  minor  mechanism  as-server  filler
//   FF    padding   7F    1|2    type   00 size identity              2.0

import { EMPTY, latin1Of } from './bytes.ts';
import { ZmtpError } from './errors.ts';
import { socketTypeOf20 } from './socket-type.ts';

export type ZmtpVersion = '2.0' | '3.0' | '3.1';

export const GREETING_SIZE = 64;
/** What can be sent before anything is known of the peer: signature and major version. */
export const OPENING_SIZE = 11;

const SIGNATURE_LAST = 9;
const MAJOR = 10;
const MINOR = 11;
const MECHANISM = 12;
const MECHANISM_SIZE = 20;
const AS_SERVER = 32;
const IDENTITY_2_0 = 12;
const GREETING_2_0_SIZE_MAX = IDENTITY_2_0 + 2 + 255;

export type PeerGreeting =
  | { readonly version: '3.0' | '3.1'; readonly mechanism: string; readonly isServer: boolean }
  | { readonly version: '2.0'; readonly socketType: string; readonly identity: Uint8Array };

/** The whole greeting of this end; its first `OPENING_SIZE` octets go first. */
export function encodeGreeting(mechanism: string, isServer: boolean): Uint8Array {
  const greeting = new Uint8Array(GREETING_SIZE);
  greeting[0] = 0xff;
  greeting[SIGNATURE_LAST] = 0x7f;
  greeting[MAJOR] = 3;
  greeting[MINOR] = 1;
  greeting.set(Buffer.from(mechanism, 'latin1'), MECHANISM);
  greeting[AS_SERVER] = isServer ? 1 : 0;
  return greeting;
}

/** What a 2.0 peer is sent behind the opening: the socket type, and the identity as a frame. */
export function encodeTail20(socketType: number, identity: Uint8Array): Uint8Array {
  const tail = new Uint8Array(3 + identity.length);
  tail[0] = socketType;
  tail[2] = identity.length;
  tail.set(identity, 3);
  return tail;
}

/** Reads the greeting of a peer over any number of chunks. */
export class GreetingReader {
  readonly #octets = new Uint8Array(GREETING_2_0_SIZE_MAX);
  #length = 0;
  #greeting: PeerGreeting | undefined;

  /** Which generation the peer speaks, from its eleventh octet on. */
  get generation(): '2' | '3' | undefined {
    if (this.#length <= MAJOR) return undefined;
    return this.#is20() ? '2' : '3';
  }

  /** The greeting, once it is whole. */
  get greeting(): PeerGreeting | undefined {
    return this.#greeting;
  }

  /** Takes octets until the greeting is whole and says how many; throws a `ZmtpError` at the first that is wrong. */
  push(chunk: Uint8Array): number {
    let taken = 0;
    while (this.#greeting === undefined && taken < chunk.length) {
      this.#octets[this.#length] = chunk[taken]!;
      taken += 1;
      this.#length += 1;
      this.#judge(this.#length - 1);
    }
    return taken;
  }

  #is20(): boolean {
    return this.#octets[MAJOR]! < 3;
  }

  #judge(at: number): void {
    const octet = this.#octets[at]!;
    if (at === 0) return judgeFirst(octet);
    if (at === SIGNATURE_LAST) return judgeSignature(octet);
    if (at < MAJOR) return;
    if (at === MAJOR) {
      if (octet === 0) throw new ZmtpError('UNSUPPORTED_VERSION', 'ZMTP 1.0');
      return;
    }
    if (this.#is20()) this.#judge20(at, octet);
    else if (this.#length === GREETING_SIZE) this.#greeting = this.#read3();
  }

  #judge20(at: number, octet: number): void {
    if (at === MINOR && socketTypeOf20(octet) === undefined)
      throw new ZmtpError('BAD_GREETING', `socket type ${octet} in a ZMTP 2.0 greeting`);
    if (at === IDENTITY_2_0 && octet !== 0)
      throw new ZmtpError('BAD_GREETING', 'a ZMTP 2.0 identity is one short frame');
    const bodyAt = IDENTITY_2_0 + 2;
    if (this.#length < bodyAt || this.#length < bodyAt + this.#octets[bodyAt - 1]!) return;
    const identity = this.#octets.slice(bodyAt, this.#length);
    this.#greeting = {
      version: '2.0',
      socketType: socketTypeOf20(this.#octets[MINOR]!) ?? '',
      identity: identity.length === 0 ? EMPTY : identity,
    };
  }

  #read3(): PeerGreeting {
    const octets = this.#octets;
    const name = latin1Of(octets.subarray(MECHANISM, MECHANISM + MECHANISM_SIZE));
    const mechanism = name.replace(/\0+$/, '');
    if (!/^[A-Z0-9\-_.+]+$/.test(mechanism))
      throw new ZmtpError('BAD_GREETING', 'the mechanism is no name of capital letters and digits');
    // A later version is taken as the one spoken here: its peer has to step down (RFC 37, version negotiation).
    const isFirst = octets[MAJOR] === 3 && octets[MINOR] === 0;
    return { version: isFirst ? '3.0' : '3.1', mechanism, isServer: (octets[AS_SERVER]! & 1) === 1 };
  }
}

/** A ZMTP 1.0 peer opens with the length of its identity frame. */
function judgeFirst(octet: number): void {
  if (octet === 0xff) return;
  throw new ZmtpError('UNSUPPORTED_VERSION', 'no signature: ZMTP 1.0, or not ZMTP at all');
}

/** A long identity frame of ZMTP 1.0 has its flags here, and they are even. */
function judgeSignature(octet: number): void {
  if ((octet & 1) === 0) throw new ZmtpError('UNSUPPORTED_VERSION', 'ZMTP 1.0');
  if (octet !== 0x7f) throw new ZmtpError('BAD_GREETING', 'the signature does not end with 7F');
}
