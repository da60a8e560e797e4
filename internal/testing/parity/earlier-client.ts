// A client of the earlier system: a DEALER socket with the earlier frames and control words, and nothing else.

import { Dealer } from 'zeromq';

export interface EarlierEvent {
  readonly ID: string;
  readonly Topic: string;
  readonly Data: unknown;
  readonly attempt?: number;
}

type Word = Readonly<Record<string, unknown>>;

export class EarlierClient {
  readonly #socket = new Dealer({ linger: 0, receiveTimeout: 15_000 });
  #consumerId = '';

  constructor(router: string) {
    this.#socket.connect(router);
  }

  /** As the earlier client library wrote it: behind an empty frame. Resolves with the broker's answer to it. */
  async publish(topic: string, id: string, Data: unknown = { amount: 7 }): Promise<Word> {
    const event = { ID: id, Topic: topic, Source: 'billing', timestamp: '2026-01-02T03:04:05Z', Data };
    await this.#socket.send(['', topic, JSON.stringify(event)]);
    return this.nextWord();
  }

  async register(consumerId: string, subscriptions: readonly string[], maxInflight = 0): Promise<Word> {
    this.#consumerId = consumerId;
    await this.#say({
      type: 'consumer.register',
      tenant_id: '',
      mode: 'direct',
      subscriptions,
      capabilities: {
        supports_ack: true,
        supports_compression: ['lz4'],
        supports_codec: ['json'],
        resumable: false,
        max_inflight: maxInflight,
      },
    });
    return this.nextWord();
  }

  ack(messageId: string): Promise<void> {
    return this.#say({ type: 'ack', message_id: messageId });
  }

  nack(messageId: string, status: string): Promise<void> {
    return this.#say({ type: 'nack', message_id: messageId, status });
  }

  /** The next delivery. */
  async nextEvent(): Promise<EarlierEvent> {
    for (;;) {
      const [topic, text] = await this.#next();
      if (topic !== '_control') return JSON.parse(text) as EarlierEvent;
    }
  }

  /** The next control word. */
  async nextWord(): Promise<Word> {
    for (;;) {
      const [topic, text] = await this.#next();
      if (topic === '_control') return JSON.parse(text) as Word;
    }
  }

  close(): void {
    this.#socket.close();
  }

  #say(word: Word): Promise<void> {
    return this.#socket.send(['', '_control', JSON.stringify({ ...word, consumer_id: this.#consumerId })]);
  }

  async #next(): Promise<readonly [topic: string, text: string]> {
    const [, topic = '', text = ''] = (await this.#socket.receive()).map(String);
    return [topic, text];
  }
}
