// Links without sockets, for tests that need to choose every interleaving: what the client sent is kept, what it
// receives and when the link breaks is the test's decision. Nothing here takes time.

import type { Frames, Link, LinkEvents, OpenLink } from '../../../pkg/client/link/link.ts';
import {
  type BrokerWord,
  type ClientPacket,
  type ClientWord,
  decodeClientPacket,
  decodeClientWord,
  encodeBrokerWord,
  encodeControlPacket,
} from '../../../pkg/protocol/index.ts';

export class FakeLink implements Link {
  readonly packets: ClientPacket[] = [];
  readonly words: ClientWord[] = [];
  readonly #events: LinkEvents;
  #isUp = true;

  constructor(events: LinkEvents) {
    this.#events = events;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  send(frames: Frames): boolean {
    if (!this.#isUp) return false;
    const last = frames.at(-1) as Uint8Array;
    const packet = frames.length === 1 ? decodeClientPacket(last) : null;
    if (packet?.type === 'refused') throw new Error(packet.detail);
    if (packet !== null && packet.type !== 'control') this.packets.push(packet);
    else {
      const word = decodeClientWord(packet === null ? last : packet.json);
      if (word.type === 'refused') throw new Error(word.detail);
      this.words.push(word);
    }
    return true;
  }

  close(): void {
    this.#isUp = false;
  }

  receive(packet: Uint8Array): void {
    if (this.#isUp) this.#events.message([packet]);
  }

  say(word: BrokerWord): void {
    this.receive(encodeControlPacket(encodeBrokerWord(word)));
  }

  break(): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#events.lost('broken by the test');
  }

  of<T extends ClientPacket['type']>(type: T): Extract<ClientPacket, { type: T }>[] {
    return this.packets.filter((packet): packet is Extract<ClientPacket, { type: T }> => packet.type === type);
  }
}

export class FakeWire {
  readonly links: FakeLink[] = [];

  readonly open: OpenLink = (_address, events) => {
    const link = new FakeLink(events);
    this.links.push(link);
    return link;
  };

  get link(): FakeLink {
    const link = this.links.at(-1);
    if (link === undefined) throw new Error('no link was opened');
    return link;
  }
}

export interface Granting {
  readonly producer?: { readonly id: number; readonly window?: number } | null;
  readonly heartbeatMs?: number;
  readonly version?: number;
}

export const helloOk = ({ producer = null, heartbeatMs = 0, version = 2 }: Granting = {}): BrokerWord => ({
  type: 'hello.ok',
  version,
  server: 'fake',
  producer:
    producer === null
      ? null
      : {
          id: producer.id,
          token: `token-${producer.id}`,
          epoch: 1,
          window: producer.window ?? 16_384,
          lastSequence: 0,
        },
  limits: {},
  heartbeatMs,
  session: null,
});
