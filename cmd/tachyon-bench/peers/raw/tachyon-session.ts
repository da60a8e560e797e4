// A DEALER of `pkg/zmtp` that said hello to a broker: packets in, packets out, words for the few moments that need them.

import {
  type BrokerWord,
  type ClientWord,
  CONTROL_TOPIC,
  decodeBrokerPacket,
  decodeBrokerWord,
  encodeClientWord,
  encodeControlPacket,
  encodeHeartbeat,
  encodeText,
} from '../../../../pkg/protocol/index.ts';
import { Dealer } from '../../../../pkg/zmtp/index.ts';
import { TIMEOUT_MS } from '../systems/tachyon.ts';
import type { ConsumerSeat, ProducerSeat } from '../work/driver.ts';

export interface TachyonHandlers {
  /** A packet of any other type than control and heartbeat. */
  packet(bytes: Uint8Array): void;
  /** Everything that had arrived in this turn was handed over. */
  turnEnd?(): void;
}

/** Who waits for a word. */
interface Waiting {
  readonly type: BrokerWord['type'];
  give(word: BrokerWord): void;
}

/** Where the type of a packet stands. */
export const TYPE_AT = 3;
const CONTROL = 0x07;
const HEARTBEAT = 0x06;
const HEARTBEAT_EVERY_MS = 1_000;
const DELIMITER = new Uint8Array(0);

export class TachyonSession {
  readonly #dealer: Dealer;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #words: Waiting[];
  readonly #closing: () => void;

  private constructor(dealer: Dealer, words: Waiting[], closing: () => void) {
    this.#dealer = dealer;
    this.#words = words;
    this.#closing = closing;
    this.#heartbeat = setInterval(() => this.send(encodeHeartbeat()), HEARTBEAT_EVERY_MS);
  }

  static async open(
    { job, fail }: ProducerSeat | ConsumerSeat,
    name: string,
    isProducer: boolean,
    handlers: TachyonHandlers,
  ): Promise<TachyonSession> {
    const words: Waiting[] = [];
    let isUp = false;
    let isClosing = false;
    const take = (frames: Uint8Array[]): void => {
      // Words come behind a delimiter and a topic, or as packets of their own.
      const bytes = frames.at(-1)!;
      if (frames.length > 1) return hear(decodeBrokerWord(bytes));
      const type = bytes[TYPE_AT];
      if (type === CONTROL) return hear(wordIn(bytes));
      if (type !== HEARTBEAT) handlers.packet(bytes);
    };
    const hear = (word: ReturnType<typeof decodeBrokerWord>): void => {
      if (word.type === 'refused') throw new Error(`tachyon: an unreadable word: ${word.detail}`);
      if (word.type === 'error') throw new Error(`tachyon: ${word.code}: ${word.message}`);
      const at = words.findIndex(({ type }) => type === word.type);
      if (at >= 0) words.splice(at, 1)[0]?.give(word);
    };
    const connected = new Promise<Dealer>((resolve) => {
      const dealer: Dealer = new Dealer(
        {
          onConnected: () => {
            isUp = true;
            resolve(dealer);
          },
          onMessages: (_peer, messages) => {
            try {
              for (const frames of messages) take(frames);
            } catch (error) {
              fail(error as Error);
            }
          },
          onGone: (_peer, error) => {
            if (!isClosing) fail(error);
          },
          ...(handlers.turnEnd === undefined ? {} : { onTurnEnd: () => handlers.turnEnd?.() }),
        },
        { identity: name, limits: { handshakeMs: TIMEOUT_MS } },
      );
      dealer.connect(job.target.router);
      setTimeout(() => {
        if (!isUp) fail(new Error(`tachyon: no answer from ${job.target.router}`));
      }, TIMEOUT_MS).unref();
    });
    const session = new TachyonSession(await connected, words, () => {
      isClosing = true;
    });
    const hello: ClientWord = {
      type: 'hello',
      versions: [2],
      tenantId: '',
      client: name,
      producer: isProducer ? 'new' : null,
      bodyForm: 'raw',
      confirm: null,
      capabilities: [],
    };
    const greeted = session.heard('hello.ok');
    session.#dealer.send([DELIMITER, encodeText(CONTROL_TOPIC), encodeClientWord(hello)]);
    await greeted;
    return session;
  }

  /** Never more than the window is under way, so a full queue is a fault of the driver. */
  send(packet: Uint8Array): void {
    if (this.#dealer.send([packet]) !== 'accepted') throw new Error('tachyon: the send queue is full');
  }

  say(word: ClientWord): void {
    this.send(encodeControlPacket(encodeClientWord(word)));
  }

  /** Resolves with the next word of the type. */
  heard(type: BrokerWord['type']): Promise<BrokerWord> {
    return new Promise((give) => {
      this.#words.push({ type, give });
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#closing();
    await this.#dealer.close();
  }
}

function wordIn(bytes: Uint8Array): ReturnType<typeof decodeBrokerWord> {
  const packet = decodeBrokerPacket(bytes);
  if (packet.type !== 'control') throw new Error('tachyon: an unreadable packet');
  return decodeBrokerWord(packet.json);
}
