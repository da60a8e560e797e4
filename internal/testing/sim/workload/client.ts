// What all clients of the workload share: a connection that is made again whenever it is lost, heartbeats both ways,
// and the version that hello agreed.

import type { BrokerWord } from '../../../../pkg/protocol/control.ts';
import type { Frames } from '../../../delivery/transport.ts';
import type { Auditor } from '../audit/auditor.ts';
import type { Book } from '../audit/book.ts';
import type { Model } from '../audit/model.ts';
import type { Random } from '../random.ts';
import type { SimBroker } from '../world/sim-broker.ts';
import type { Connection } from '../world/sim-transport.ts';
import type { VirtualTime } from '../world/virtual-time.ts';
import { type Heard, hear, say } from './speech.ts';

export interface Surroundings {
  readonly time: VirtualTime;
  readonly broker: SimBroker;
  readonly book: Book;
  readonly auditor: Auditor;
  readonly model: Model;
  readonly trace: ((line: string) => void) | undefined;
  readonly heartbeatMs: number;
  /** The storm is over: everybody behaves. */
  readonly calm: () => boolean;
}

/** Errors after which a client begins again with a new connection. */
const OVER: ReadonlySet<string> = new Set([
  'SESSION_EXPIRED',
  'HELLO_REQUIRED',
  'NOT_REGISTERED',
  'UNKNOWN_PRODUCER',
  'DRAINING',
]);
const HEARTBEATS_MISSED = 4;

export abstract class Client {
  readonly name: string;
  protected readonly around: Surroundings;
  protected readonly random: Random;
  protected binary = false;
  readonly #desk: 'router' | 'admin';
  readonly #wishBinary: boolean;
  #connection: Connection | null = null;
  #connects = 0;
  #heardAtMs = 0;
  #waits = false;
  #ended = false;

  constructor(name: string, desk: 'router' | 'admin', binary: boolean, random: Random, around: Surroundings) {
    this.name = name;
    this.#desk = desk;
    this.#wishBinary = binary;
    this.random = random;
    this.around = around;
  }

  get connection(): Connection | null {
    return this.#connection;
  }

  /** Counts the connections. */
  protected get connects(): number {
    return this.#connects;
  }

  begin(): void {
    this.#connect();
    this.#beat();
  }

  /** Says and hears nothing any more. */
  end(): void {
    this.#ended = true;
    this.#connection?.cut();
    this.#connection = null;
  }

  /** Makes a new connection; what was under way on the old one is lost. */
  restart(): void {
    const { up } = this.#connection ?? { up: false };
    if (up) this.#connection?.cut();
    this.#lose();
  }

  protected send(...messages: readonly Frames[]): void {
    for (const frames of messages) this.#connection?.send(frames);
  }

  protected later(ms: number, call: () => void): void {
    this.around.time.after(ms, () => {
      if (!this.#ended) call();
    });
  }

  /** Says hello for the producer, or for none. */
  protected hello(
    producer: 'new' | { readonly id: number; readonly token: string } | null,
    capabilities: readonly string[] = [],
  ): void {
    this.send(
      say(
        {
          type: 'hello',
          versions: this.#wishBinary ? [1, 2] : [1],
          tenantId: '',
          client: this.name,
          producer,
          bodyForm: 'raw',
          confirm: null,
          capabilities,
        },
        false,
      ),
    );
  }

  /** A new connection: nothing has been said on it. */
  protected abstract greet(): void;
  protected abstract heard(heard: Exclude<Heard, { type: 'word' }>): void;
  protected abstract word(word: BrokerWord): void;
  /** The connection is lost. */
  protected abstract lost(): void;

  #connect(): void {
    this.#waits = false;
    if (this.#ended || this.#connection !== null) return;
    this.#connects += 1;
    const identity = this.random.bool() ? this.name : `${this.name}/${this.#connects}`;
    let own: Connection | null = null;
    own =
      this.around.broker[this.#desk]?.connect(identity, {
        receive: (messages) => {
          if (this.#connection === own) this.#receive(messages);
        },
        lost: () => {
          if (this.#connection === own) this.#lose();
        },
      }) ?? null;
    if (own === null) return this.#connectLater();
    this.#connection = own;
    this.binary = false;
    this.#heardAtMs = this.around.time.nowMs;
    this.greet();
  }

  #connectLater(): void {
    if (this.#waits) return;
    this.#waits = true;
    this.later(5 + this.random.int(this.around.calm() ? 20 : 150), () => this.#connect());
  }

  #lose(): void {
    if (this.#connection === null) return;
    this.#connection = null;
    this.binary = false;
    this.lost();
    this.#connectLater();
  }

  #receive(messages: readonly Frames[]): void {
    const connection = this.#connection;
    this.#heardAtMs = this.around.time.nowMs;
    for (const frames of messages) {
      // Whoever begins again listens to the old connection no more.
      if (this.#connection !== connection) return;
      const heard = hear(frames);
      if (heard.type !== 'word') this.heard(heard);
      else this.#word(heard.word);
    }
  }

  #word(word: BrokerWord): void {
    if (word.type === 'hello.ok') this.binary = word.version === 2;
    if (word.type === 'error') {
      this.around.trace?.(`${this.name} heard ${word.code} ${word.message}`);
      if (OVER.has(word.code)) return this.restart();
    }
    if (word.type === 'server.draining') return this.restart();
    this.word(word);
  }

  #beat(): void {
    const { heartbeatMs, time } = this.around;
    if (this.#connection !== null) {
      this.send(say({ type: 'heartbeat' }, this.binary));
      this.beat();
      if (time.nowMs - this.#heardAtMs > heartbeatMs * HEARTBEATS_MISSED) {
        this.around.trace?.(`${this.name} hears nothing`);
        this.restart();
      }
    }
    this.later(heartbeatMs / 2, () => this.#beat());
  }

  /** Time for a sign of life. */
  protected beat(): void {}
}
