// A scripted broker for the client's tests: a real ROUTER that speaks through the codecs of pkg/protocol. It keeps what
// each peer said, in order, answers hello and register, and leaves every other answer to the test.

import { Router } from 'zeromq';
import {
  BlockView,
  type BrokerWord,
  type ClientPacket,
  type ClientWord,
  type ConfirmPacket,
  type DeliverItem,
  decodeClientPacket,
  decodeClientWord,
  encodeAcked,
  encodeBlock,
  encodeBrokerWord,
  encodeConfirm,
  encodeControlPacket,
  encodeDeliver,
  encodeHeartbeat,
  encodeText,
  type PublishPacket,
} from '../../../pkg/protocol/index.ts';

export type Heard = ClientPacket | ClientWord;
type HeardOf<T extends Heard['type']> = Extract<Heard, { type: T }>;

export interface Sent {
  readonly topic: string;
  readonly text: string;
  readonly attempt?: number;
  readonly messageId?: string;
}

export interface FakeBrokerOptions {
  readonly address?: string;
  readonly heartbeatMs?: number;
  /** Answers hello; null leaves it unanswered. */
  readonly onHello?: (hello: HeardOf<'hello'>, broker: FakeBroker) => BrokerWord | null;
  readonly onRegister?: (register: HeardOf<'consumer.register'>, peer: FakePeer) => BrokerWord | null;
  /** Confirms publishes as they come. */
  readonly confirms?: boolean;
}

const EMPTY = new Uint8Array(0);
const CONTROL = encodeText('_control');

/** One routing id, which is one connection. */
export class FakePeer {
  readonly heard: Heard[] = [];
  readonly #routingId: Uint8Array;
  readonly #router: Router;
  #sending: Promise<void> = Promise.resolve();

  constructor(routingId: Uint8Array, router: Router) {
    this.#routingId = routingId;
    this.#router = router;
  }

  of<T extends Heard['type']>(type: T): HeardOf<T>[] {
    return this.heard.filter((entry): entry is HeardOf<T> => entry.type === type);
  }

  /** Every message published here, in order of arrival. */
  published(): { readonly sequence: number; readonly text: string }[] {
    return this.of('publish').flatMap(publishedIn);
  }

  /** Delivery ids acked here, in order. */
  acked(): number[] {
    return this.of('ack').flatMap((ack) => ('deliveries' in ack ? [...ack.deliveries] : []));
  }

  packet(bytes: Uint8Array): void {
    this.#send([bytes]);
  }

  word(word: BrokerWord): void {
    this.packet(encodeControlPacket(encodeBrokerWord(word)));
  }

  /** As before hello is answered: frames of abtp/1. */
  wordInFrames(word: BrokerWord): void {
    this.#send([EMPTY, CONTROL, encodeBrokerWord(word)]);
  }

  confirm(through: number, parts: Partial<Omit<ConfirmPacket, 'type' | 'through'>> = {}): void {
    this.packet(encodeConfirm({ through, position: through * 10, durability: 'disk', exceptions: [], ...parts }));
  }

  deliver(firstDelivery: number, messages: readonly Sent[], deadlineMs = Date.now() + 30_000): void {
    const items = messages.map(
      (message, index): DeliverItem => ({
        sequence: firstDelivery + index,
        attempt: message.attempt ?? 1,
        returned: 0,
      }),
    );
    const blocks = messages.map(({ topic, text, messageId = '' }) =>
      encodeBlock({ topic, messageId, body: encodeText(text) }),
    );
    this.packet(encodeDeliver({ queueIndex: 0, firstDelivery, deadlineMs }, items, blocks));
  }

  acks(request: number, refused: Parameters<typeof encodeAcked>[2] = []): void {
    this.packet(encodeAcked(request, 77, refused));
  }

  beat(): void {
    this.packet(encodeHeartbeat());
  }

  #send(frames: Uint8Array[]): void {
    const message = [this.#routingId, ...frames] as Buffer[];
    // A peer that is gone by now is not the script's business.
    this.#sending = this.#sending.then(() => this.#router.send(message)).catch(() => undefined);
  }
}

export function publishedIn(packet: PublishPacket): { readonly sequence: number; readonly text: string }[] {
  return packet.offsets.map((offset, index) => ({
    sequence: packet.firstSequence + index,
    text: new TextDecoder().decode(new BlockView(packet.bytes, offset).body),
  }));
}

export class FakeBroker {
  readonly peers: FakePeer[] = [];
  readonly #options: FakeBrokerOptions;
  readonly #byId = new Map<string, FakePeer>();
  #router: Router;
  #address = '';
  #producers = 0;
  #sessions = 0;

  private constructor(options: FakeBrokerOptions) {
    this.#options = options;
    this.#router = FakeBroker.#newRouter();
  }

  static async start(options: FakeBrokerOptions = {}): Promise<FakeBroker> {
    const broker = new FakeBroker(options);
    await broker.#listen(options.address ?? 'tcp://127.0.0.1:*');
    return broker;
  }

  get address(): string {
    return this.#address;
  }

  /** The peer that spoke last for the first time. */
  get latest(): FakePeer | undefined {
    return this.peers.at(-1);
  }

  /** Connections that publish: those whose hello asked for a producer. */
  get producers(): FakePeer[] {
    return this.peers.filter((peer) => peer.of('hello').some((hello) => hello.producer !== null));
  }

  get consumers(): FakePeer[] {
    return this.peers.filter((peer) => peer.of('consumer.register').length > 0);
  }

  /** Breaks every connection. Idempotent. */
  async stop(): Promise<void> {
    if (this.#router.closed) return;
    const ended = this.#ended();
    this.#router.close();
    await ended;
  }

  /** Listens on the same address again; knows none of the former peers. */
  async restart(): Promise<void> {
    this.#router = FakeBroker.#newRouter();
    await this.#listen(this.#address);
  }

  static #newRouter(): Router {
    return new Router({ linger: 0, mandatory: true, sendTimeout: 0, sendHighWaterMark: 0, receiveHighWaterMark: 0 });
  }

  async #ended(): Promise<void> {
    for await (const { type } of this.#router.events) if (type === 'end') return;
  }

  async #listen(address: string): Promise<void> {
    const router = this.#router;
    await router.bind(address);
    this.#address = router.lastEndpoint ?? address;
    void this.#read(router);
  }

  async #read(router: Router): Promise<void> {
    for await (const [routingId, ...frames] of router) {
      if (routingId === undefined) continue;
      this.#take(this.#peer(routingId, router), frames);
    }
  }

  #peer(routingId: Buffer, router: Router): FakePeer {
    const key = `${routingId.toString('hex')}@${this.#address}`;
    let peer = this.#byId.get(key);
    if (peer === undefined || this.#router !== router) {
      peer = new FakePeer(routingId, router);
      this.#byId.set(key, peer);
      this.peers.push(peer);
    }
    return peer;
  }

  #take(peer: FakePeer, frames: readonly Uint8Array[]): void {
    const [first] = frames;
    if (first === undefined) return;
    const packet = frames.length === 1 ? decodeClientPacket(first) : null;
    const json = packet === null ? (frames.at(-1) as Uint8Array) : packet.type === 'control' ? packet.json : null;
    const heard = json === null ? packet : decodeClientWord(json);
    if (heard === null || heard.type === 'refused')
      throw new Error(`the client sent what no broker reads: ${heard?.detail}`);
    peer.heard.push(heard);
    this.#answer(peer, heard);
  }

  #answer(peer: FakePeer, heard: Heard): void {
    if (heard.type === 'hello') {
      const answer = this.#options.onHello === undefined ? this.helloOk(heard) : this.#options.onHello(heard, this);
      if (answer !== null) peer.wordInFrames(answer);
    } else if (heard.type === 'consumer.register') {
      const answer =
        this.#options.onRegister === undefined ? this.registered(heard) : this.#options.onRegister(heard, peer);
      if (answer !== null) peer.word(answer);
    } else if (heard.type === 'consumer.deregister') {
      peer.word({ type: 'consumer.deregistered', consumerId: heard.consumerId, sessionId: 1 });
    } else if (heard.type === 'publish' && this.#options.confirms === true) {
      peer.confirm(heard.firstSequence + ('count' in heard ? heard.count : 0) - 1);
    }
  }

  /** The usual answer to a hello. */
  helloOk({ producer }: HeardOf<'hello'>): BrokerWord {
    const id = producer === 'new' ? ++this.#producers : (producer?.id ?? 0);
    return {
      type: 'hello.ok',
      version: 2,
      server: 'fake',
      producer: producer === null ? null : { id, token: `token-${id}`, epoch: 1, window: 16_384, lastSequence: 0 },
      limits: {},
      heartbeatMs: this.#options.heartbeatMs ?? 5_000,
      session: null,
    };
  }

  registered(register: HeardOf<'consumer.register'>, resumed = false): BrokerWord {
    this.#sessions += 1;
    return {
      type: 'consumer.registered',
      status: 'ok',
      consumerId: register.consumerId,
      sessionId: this.#sessions,
      sessionToken: `session-${this.#sessions}`,
      resumed,
      heartbeatMs: this.#options.heartbeatMs ?? 5_000,
      window: { messages: 1_024, bytes: 1 << 20 },
      queues: [{ index: 0, name: register.queue ?? 'q', patterns: register.subscriptions, leaseMs: 0 }],
    };
  }
}
