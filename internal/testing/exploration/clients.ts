// The clients of a small world: what each knows, from what has left the broker and nothing else.

import { asPeerId, type DeliveryId, type PeerId, type ProducerId, type Sequence } from '../../domain/ids.ts';
import type { SmallConsumer, SmallMessage } from './scope.ts';

/** Connections of one client have numbers of their own, so that what is meant for an earlier one reaches nobody. */
const CONNECTIONS_MAX = 1_000;

class Client {
  readonly name: string;
  readonly #index: number;
  #connection = 0;

  constructor(name: string, index: number) {
    this.name = name;
    this.#index = index;
  }

  get peer(): PeerId {
    return asPeerId(this.#index * CONNECTIONS_MAX + this.#connection);
  }

  cutOff(): void {
    this.#connection += 1;
  }
}

export type Publishing = 'unsent' | 'sent' | 'confirmed';

export class ProducerClient extends Client {
  readonly id: ProducerId;
  readonly tokenHash: string;
  readonly messages: readonly SmallMessage[];
  /** Of each message; the producer numbers them from 1. */
  readonly known: Publishing[];
  /** Its hello was answered on this connection. */
  connected = false;
  saysHello = false;

  constructor(id: ProducerId, messages: readonly SmallMessage[]) {
    super(`producer ${id}`, id);
    this.id = id;
    this.tokenHash = `producer-${id}`;
    this.messages = messages;
    this.known = messages.map(() => 'unsent');
  }

  override cutOff(): void {
    super.cutOff();
    this.connected = false;
    this.saysHello = false;
  }
}

export interface InHand {
  readonly delivery: DeliveryId;
  readonly sequence: Sequence;
}

export class ConsumerClient extends Client {
  readonly kind: SmallConsumer;
  /** It asked for a session on this connection. */
  isHere = false;
  wasHere = false;
  /** With which a session that may be resumed is; from its first answer on. */
  tokenHash: string | null = null;
  hand: InHand[] = [];
  /** What it held last and had no word on when its connection went. */
  lost: InHand | null = null;

  constructor(index: number, kind: SmallConsumer) {
    super(`consumer ${index}`, 10 + index);
    this.kind = kind;
  }

  override cutOff(): void {
    super.cutOff();
    this.isHere = false;
    this.lost = this.hand.at(-1) ?? this.lost;
    if (!this.kind.resumable) this.hand = [];
  }
}
