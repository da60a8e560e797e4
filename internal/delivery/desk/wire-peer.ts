// What the delivery layer knows of one connection: what it said in its hello, whom it speaks for, what it was given,
// and what still waits to be sent to it. Volatile: a peer that comes back is a new one, and so is one that says hello
// again.

import type { DeliveryForm } from '../../../pkg/protocol/control/consumer.ts';
import type { BodyFormName } from '../../../pkg/protocol/control/hello.ts';
import type { ErrorCode } from '../../../pkg/protocol/errors.ts';
import { NO_PRODUCER, type PeerId, type ProducerId } from '../../domain/ids.ts';
import type { Queue } from '../../domain/queue.ts';
import type { Session } from '../../domain/session.ts';
import { AnswerLine, type AnswerMode } from './answer-line.ts';
import { HeldLine } from './held-line.ts';
import type { PeerOutbox } from './peer-outbox.ts';

export interface Greeting {
  readonly version: 1 | 2;
  readonly tenant: string;
  readonly bodyForm: BodyFormName;
  /** Whether short abtp/1 publishes are confirmed. */
  readonly confirm: boolean;
  /** It asked for a producer: until that is granted, nothing can be published. */
  readonly asksProducer: boolean;
  /** The token of a producer that came back: the reply repeats it. */
  readonly producerToken: string | null;
  /** It would rather wait than be refused where room comes back. */
  readonly waits: boolean;
}

export interface ServedSession {
  readonly session: Session;
  readonly form: DeliveryForm;
  readonly indexOf: ReadonlyMap<Queue, number>;
}

export interface RefusedName {
  readonly deliveryId: number | null;
  readonly messageId: string;
  readonly code: ErrorCode;
}

export class WirePeer {
  readonly id: PeerId;
  readonly outbox: PeerOutbox;
  greeting: Greeting | null = null;
  producer: ProducerId = NO_PRODUCER;
  served: ServedSession | null = null;
  /** The form wished by the register that is on its way through the core. */
  wishedForm: DeliveryForm = 'event';
  /** The token it registered with: the reply repeats it when the session is resumed. */
  resumeToken: string | null = null;
  lastHeardMs: number;
  /** The peer has sent a heartbeat: from then on its silence means something. */
  beats = false;
  /** It has waited for replies: when it takes nothing, the core is told. */
  asks = false;
  /** It said that it would be busy until then, by extending a lease. */
  busyUntilMs = 0;
  /** Since when the transport takes nothing for it; null while it does. */
  fullSinceMs: number | null = null;
  /** Forgotten: what it had said before is decided, and nothing of it comes after. */
  closed = false;
  readonly answers = new AnswerLine();
  readonly line = new HeldLine();
  /** Counts the hellos of this connection. */
  era = 0;
  /** Where confirms go by numbers: that of the next publish that states none. */
  nextNumber = 1;
  /** abtp/1: which deliveries of a message are out on this connection, for acks by message id. */
  readonly #byMessage = new Map<string, number[]>();
  readonly #messageOf = new Map<number, string>();
  /** What was refused at the door of words that asked for an answer: it joins that answer. */
  #refusedAtDoor: { readonly request: number; readonly refused: readonly RefusedName[] }[] = [];

  constructor(id: PeerId, outbox: PeerOutbox, nowMs: number) {
    this.id = id;
    this.outbox = outbox;
    this.lastHeardMs = nowMs;
  }

  get binary(): boolean {
    return this.greeting?.version === 2;
  }

  get tenant(): string {
    return this.greeting?.tenant ?? '';
  }

  /** Confirms name a number: the producer's own, or the place in the count of a connection that asked for confirms. */
  get numbered(): boolean {
    return this.producer !== NO_PRODUCER || (this.greeting?.confirm ?? false);
  }

  get waits(): boolean {
    return this.greeting?.waits ?? false;
  }

  get awaitsProducer(): boolean {
    return this.greeting?.asksProducer === true && this.producer === NO_PRODUCER;
  }

  /** A hello on a connection that had one: nothing of before is left but the answers under way. */
  beginAgain(): void {
    this.greeting = null;
    this.producer = NO_PRODUCER;
    this.served = null;
    this.resumeToken = null;
    this.busyUntilMs = 0;
    this.nextNumber = 1;
    this.era += 1;
    this.#refusedAtDoor = [];
    this.endedAll();
  }

  /** Takes the number of a publish, where publishes have some. */
  number(stated: number | null): number | null {
    if (!this.numbered) return null;
    const number = stated ?? this.nextNumber;
    this.nextNumber = number + 1;
    return number;
  }

  owe(mode: AnswerMode, first: number | null, count: number, messageId: string): void {
    this.answers.push({ mode, first, count, messageId, era: this.era });
  }

  gave(delivery: number, message: string): void {
    const known = this.#byMessage.get(message);
    if (known === undefined) this.#byMessage.set(message, [delivery]);
    else known.push(delivery);
    this.#messageOf.set(delivery, message);
  }

  /** The deliveries of this message that are out. */
  givenAs(message: string): readonly number[] {
    return this.#byMessage.get(message) ?? [];
  }

  /** Deliveries that can be named by their message. */
  get given(): number {
    return this.#messageOf.size;
  }

  ended(delivery: number): void {
    const message = this.#messageOf.get(delivery);
    if (message === undefined) return;
    this.#messageOf.delete(delivery);
    const left = this.#byMessage.get(message)?.filter((other) => other !== delivery) ?? [];
    if (left.length === 0) this.#byMessage.delete(message);
    else this.#byMessage.set(message, left);
  }

  endedAll(): void {
    this.#messageOf.clear();
    this.#byMessage.clear();
  }

  keepRefused(request: number, refused: readonly RefusedName[]): void {
    if (refused.length > 0) this.#refusedAtDoor.push({ request, refused });
  }

  /** The answer to this request is here: what the door has refused of it. */
  takeRefused(request: number): readonly RefusedName[] {
    const at = this.#refusedAtDoor.findIndex((kept) => kept.request === request);
    return at < 0 ? [] : (this.#refusedAtDoor.splice(at, 1)[0]?.refused ?? []);
  }
}
