// PLAIN (RFC 24): user name and password in clear text.
//
//   client  HELLO user password    INITIATE metadata
//   server                 WELCOME                  READY metadata       or ERROR, at either point

import { bufferOf, concat } from '../bytes.ts';
import { type Command, encodeCommand } from '../commands.ts';
import { ZmtpError } from '../errors.ts';
import { decodeMetadata } from '../metadata.ts';
import type { Mechanism, MechanismStep, Security } from './mechanism.ts';

export interface PlainCredentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Says whether these credentials of the peer at `address` are good. A throw or a rejection counts as no. Compare in
 * constant time: `crypto.timingSafeEqual` over hashes.
 */
export type Authenticate = (credentials: PlainCredentials, address: string) => boolean | Promise<boolean>;

const FIELD_BYTES_MAX = 255;

/** The client's end of PLAIN. Throws a `RangeError` if a credential has more than 255 bytes in UTF-8. */
export function plainClient({ username, password }: PlainCredentials): Security {
  const hello = encodeCommand('HELLO', concat([field(username), field(password)]));
  return {
    mechanism: 'PLAIN',
    isServer: false,
    isOpen: false,
    create: (_peer, properties) => new PlainClient(hello, properties),
  };
}

/** The server's end of PLAIN. */
export function plainServer(authenticate: Authenticate): Security {
  return {
    mechanism: 'PLAIN',
    isServer: true,
    isOpen: false,
    create: ({ address }, properties) => new PlainServer(authenticate, address, properties),
  };
}

class PlainClient implements Mechanism {
  readonly #hello: Uint8Array;
  readonly #properties: Uint8Array;
  #isWelcome = false;

  constructor(hello: Uint8Array, properties: Uint8Array) {
    this.#hello = hello;
    this.#properties = properties;
  }

  start(): readonly Uint8Array[] {
    return [this.#hello];
  }

  receive({ name, data }: Command): MechanismStep {
    const due = this.#isWelcome ? 'READY' : 'WELCOME';
    if (name !== due) throw new ZmtpError('BAD_HANDSHAKE', `${name} where ${due} was due`);
    if (this.#isWelcome) return { type: 'done', metadata: decodeMetadata(data), userId: null, send: [] };
    if (data.length > 0) throw new ZmtpError('BAD_HANDSHAKE', 'WELCOME carries nothing');
    this.#isWelcome = true;
    return { type: 'continue', send: [encodeCommand('INITIATE', this.#properties)] };
  }
}

class PlainServer implements Mechanism {
  readonly #authenticate: Authenticate;
  readonly #address: string;
  readonly #properties: Uint8Array;
  #userId: string | null = null;

  constructor(authenticate: Authenticate, address: string, properties: Uint8Array) {
    this.#authenticate = authenticate;
    this.#address = address;
    this.#properties = properties;
  }

  start(): readonly Uint8Array[] {
    return [];
  }

  receive({ name, data }: Command): MechanismStep | Promise<MechanismStep> {
    const due = this.#userId === null ? 'HELLO' : 'INITIATE';
    if (name !== due) throw new ZmtpError('BAD_HANDSHAKE', `${name} where ${due} was due`);
    if (this.#userId === null) return this.#judge(decodeHello(data));
    return {
      type: 'done',
      metadata: decodeMetadata(data),
      userId: this.#userId,
      send: [encodeCommand('READY', this.#properties)],
    };
  }

  async #judge(credentials: PlainCredentials): Promise<MechanismStep> {
    if (!(await this.#isGood(credentials))) return { type: 'refused', reason: 'Invalid client' };
    this.#userId = credentials.username;
    return { type: 'continue', send: [encodeCommand('WELCOME')] };
  }

  async #isGood(credentials: PlainCredentials): Promise<boolean> {
    try {
      return (await this.#authenticate(credentials, this.#address)) === true;
    } catch {
      // Who cannot be asked has not agreed.
      return false;
    }
  }
}

function decodeHello(data: Uint8Array): PlainCredentials {
  const passwordAt = 1 + (data[0] ?? 0);
  const end = passwordAt + 1 + (data[passwordAt] ?? 0);
  if (passwordAt >= data.length || end !== data.length)
    throw new ZmtpError('BAD_HANDSHAKE', 'HELLO is a user name and a password');
  const text = (from: number, to: number): string => bufferOf(data).toString('utf8', from, to);
  return { username: text(1, passwordAt), password: text(passwordAt + 1, end) };
}

function field(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > FIELD_BYTES_MAX) throw new RangeError(`a credential has at most ${FIELD_BYTES_MAX} bytes`);
  return concat([Uint8Array.of(bytes.length), bytes]);
}
