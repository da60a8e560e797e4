// NULL (RFC 37): no authentication. The end that dialled speaks first, so that the other can answer READY or ERROR.

import { type Command, encodeCommand } from '../commands.ts';
import { ZmtpError } from '../errors.ts';
import { decodeMetadata } from '../metadata.ts';
import type { Mechanism, MechanismStep, Security } from './mechanism.ts';

export const NULL_SECURITY: Security = {
  mechanism: 'NULL',
  isServer: false,
  isOpen: true,
  create: ({ isDialer }, properties) => new NullMechanism(isDialer, properties),
};

class NullMechanism implements Mechanism {
  readonly #ready: readonly Uint8Array[];
  readonly #isDialer: boolean;

  constructor(isDialer: boolean, properties: Uint8Array) {
    this.#isDialer = isDialer;
    this.#ready = [encodeCommand('READY', properties)];
  }

  start(): readonly Uint8Array[] {
    return this.#isDialer ? this.#ready : [];
  }

  receive({ name, data }: Command): MechanismStep {
    if (name !== 'READY') throw new ZmtpError('BAD_HANDSHAKE', `${name} where READY was due`);
    return { type: 'done', metadata: decodeMetadata(data), userId: null, send: this.#isDialer ? [] : this.#ready };
  }
}
