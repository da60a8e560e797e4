// A link over a DEALER socket of libzmq. Invariant: one receive is open at a time, and none after the link has ended.
//
// libzmq would reconnect by itself and replay what it holds to a broker that knows nothing of this connection yet. That
// is switched off: a broken connection ends the link, and the next one begins with a hello. Its own heartbeats stay on;
// they are answered by a thread of libzmq, also while the event loop is busy.

import type { Dealer } from 'zeromq';
import { PACKET_BYTES_MAX } from '../../protocol/index.ts';
import { libzmq } from './libzmq.ts';
import type { Frames, Link, LinkEvents } from './link.ts';

/** Messages taken in one go before the event loop gets its turn. */
const RUN_LENGTH_MAX = 32;

const SOCKET_OPTIONS = {
  linger: 0,
  reconnectInterval: -1,
  // A send is settled inside the call. Without a high-water mark it never waits; see `Link.send` for the real bound.
  sendTimeout: 0,
  sendHighWaterMark: 0,
  receiveHighWaterMark: 0,
  maxMessageSize: PACKET_BYTES_MAX,
  heartbeatInterval: 5_000,
  heartbeatTimeout: 15_000,
  heartbeatTimeToLive: 30_000,
  handshakeInterval: 10_000,
};

export function openLibzmqLink(address: string, events: LinkEvents): Link {
  return new LibzmqLink(address, events);
}

class LibzmqLink implements Link {
  readonly #socket: Dealer;
  readonly #events: LinkEvents;
  #ended = false;
  #run = 0;

  constructor(address: string, events: LinkEvents) {
    this.#events = events;
    this.#socket = new (libzmq().Dealer)({ ...SOCKET_OPTIONS, ipv6: address.includes('[') });
    void this.#watch();
    try {
      this.#socket.connect(address);
      this.#receive();
    } catch (error) {
      // An address that libzmq cannot read. Told later, as any other loss is.
      setImmediate(this.#lose, error);
    }
  }

  send(frames: Frames): boolean {
    if (this.#ended) return false;
    this.#socket.send(frames as Buffer[]).catch(this.#lose);
    return true;
  }

  close(): void {
    this.#ended = true;
    this.#socket.close();
  }

  readonly #receive = (): void => {
    if (!this.#ended) this.#socket.receive().then(this.#take, this.#lose);
  };

  readonly #take = (frames: Frames): void => {
    if (this.#ended) return;
    this.#events.message(frames);
    this.#run += 1;
    if (this.#run < RUN_LENGTH_MAX) return this.#receive();
    this.#run = 0;
    setImmediate(this.#receive);
  };

  /** Closing the socket ends an open receive too: then the link has ended already. */
  readonly #lose = (error: unknown): void => {
    if (this.#ended) return;
    this.close();
    this.#events.lost(error instanceof Error ? error.message : String(error));
  };

  async #watch(): Promise<void> {
    for await (const { type } of this.#socket.events) {
      if (type === 'end') return;
      if (type === 'disconnect') this.#lose(new Error('the connection broke'));
      if (type === 'close') this.#lose(new Error('nobody listens there'));
      if (type.startsWith('handshake:error')) this.#lose(new Error('the greeting failed'));
    }
  }
}
