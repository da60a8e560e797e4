// One connection that this end makes, and makes again when it is lost. A peer that answers ERROR is not asked a second
// time with the same words (RFC 37); everything else counts as passing.

import { parseAddress } from './address.ts';
import { Backoff, type ReconnectOptions } from './backoff.ts';
import { ZmtpError } from './errors.ts';
import { SocketReader } from './socket-reader.ts';

export interface DialerEvents {
  /** A socket on its way; whoever takes it says how it went by `succeeded` and `lost`. */
  dialed(reader: SocketReader): void;
  /** The next attempt comes in `delayMs`, or never if that is null. */
  lost(error: ZmtpError, delayMs: number | null): void;
}

export class Dialer {
  readonly address: string;
  readonly #events: DialerEvents;
  readonly #backoff: Backoff;
  readonly #target: { readonly host: string; readonly port: number } | { readonly path: string };
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** Throws `BAD_ADDRESS`. */
  constructor(address: string, options: ReconnectOptions, events: DialerEvents) {
    const endpoint = parseAddress(address);
    if (endpoint.type === 'tcp' && endpoint.port === 0)
      throw new ZmtpError('BAD_ADDRESS', `${address} names no port to connect to`);
    this.address = address;
    this.#events = events;
    this.#backoff = new Backoff(options);
    this.#target = endpoint.type === 'tcp' ? { host: endpoint.host, port: endpoint.port } : { path: endpoint.path };
  }

  dial(): void {
    this.#timer = undefined;
    this.#events.dialed(SocketReader.dial(this.#target));
  }

  /** The handshake was done. */
  succeeded(): void {
    this.#backoff.reset();
  }

  /** The connection ended, or never began. */
  lost(error: ZmtpError): void {
    if (this.#isStopped) return;
    const isFinal = error.code === 'REFUSED_BY_PEER' || error.code === 'INCOMPATIBLE_SOCKET';
    const delayMs = isFinal ? null : this.#backoff.next();
    if (delayMs !== null) this.#timer = setTimeout(() => this.dial(), delayMs);
    this.#events.lost(error, delayMs);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }
}
