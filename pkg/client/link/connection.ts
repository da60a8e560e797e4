// A connection that lasts: link after link, each begun by a hello, kept alive by heartbeats, and replaced when it breaks.
//
//             link, hello        hello.ok
//   waiting ──────────> greeting ────────> open ── lost, silent ──> waiting ...
//      ^                    │ refused, no answer in time
//      └──── backoff ───────┘                        any ── close, or refused for good ──> ended
//
// Invariants: `opened` and `lost` alternate; nothing is told after the end; packets go out only while it is open.

import {
  type AckedPacket,
  type BrokerWord,
  type ClientWord,
  CONTROL_TOPIC,
  type ConfirmPacket,
  type DeliverPacket,
  decodeBrokerPacket,
  decodeBrokerWord,
  ERRORS,
  type ErrorWord,
  encodeClientWord,
  encodeControlPacket,
  encodeHeartbeat,
  encodeText,
  type FetchedPacket,
  type Hello,
  type HelloOk,
  TachyonError,
} from '../../protocol/index.ts';
import type { ConnectionName, Status } from '../status.ts';
import { backoffMs, type ReconnectOptions } from './backoff.ts';
import type { Frames, Link, OpenLink } from './link.ts';

export interface ConnectionOptions {
  readonly name: ConnectionName;
  readonly address: string;
  readonly openLink: OpenLink;
  /** How long a hello may go unanswered. */
  readonly timeoutMs: number;
  /** Null: the first loss or refusal ends the connection. */
  readonly reconnect: Required<ReconnectOptions> | null;
  readonly tell: (status: Status) => void;
}

export type Greeting = Pick<Hello, 'tenantId' | 'client' | 'producer'> & Partial<Pick<Hello, 'capabilities'>>;

export interface ConnectionEvents {
  /** What the next hello says. */
  greeting(): Greeting;
  opened(ok: HelloOk): void;
  packet(packet: ConfirmPacket | DeliverPacket | AckedPacket | FetchedPacket): void;
  word(word: BrokerWord): void;
  lost(error: TachyonError): void;
  /** Hello was refused with a code that waiting does not cure. True: the greeting is another one now, try again. */
  refused(error: TachyonError): boolean;
  /** No further attempt is made. Not told after `close`. */
  ended(error: TachyonError): void;
}

type State = 'waiting' | 'greeting' | 'open' | 'ended';

const VERSION = 2;
const DELIMITER = new Uint8Array(0);
const CONTROL = encodeText(CONTROL_TOPIC);
const SILENT_HEARTBEATS = 3;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  #state: State = 'waiting';
  #link: Link | null = null;
  #failures = 0;
  #openedAtMs = 0;
  /** The next attempt while waiting; the end of patience while greeting. */
  #timer: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #heartbeatMs = 0;
  #heardAtMs = 0;
  #tickedAtMs = 0;
  #spoke = false;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = options;
    this.#events = events;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  start(): void {
    this.#connect();
  }

  /** Leaves the link for a new one at once, so that another greeting can be said. */
  restart(): void {
    if (this.#state === 'ended') return;
    this.#leave();
    this.#connect();
  }

  send(packet: Uint8Array): void {
    if (this.#state !== 'open') return;
    this.#spoke = true;
    this.#link?.send([packet]);
  }

  say(word: ClientWord): void {
    this.send(encodeControlPacket(encodeClientWord(word)));
  }

  /** The link is of no use any more: wait, then try the next one. */
  lose(error: TachyonError): void {
    if (this.#state === 'ended' || this.#state === 'waiting') return;
    const wasOpen = this.#state === 'open';
    // One that broke soon after it opened counts as a failure: two clients that take each other's place must not race.
    if (wasOpen && performance.now() - this.#openedAtMs >= (this.#options.reconnect?.maxMs ?? 0)) this.#failures = 0;
    this.#leave();
    this.#state = 'waiting';
    if (wasOpen) {
      this.#options.tell({ type: 'disconnected', connection: this.#options.name, error });
      this.#events.lost(error);
    }
    this.#retry(error);
  }

  /** The broker said that it goes: once it has, or at the latest in `withinMs` and a timeout, the next link is tried. */
  expectEnd(withinMs: number): void {
    if (this.#state !== 'open') return;
    clearTimeout(this.#timer);
    const error = new TachyonError('DRAINING');
    this.#timer = setTimeout(() => this.lose(error), withinMs + this.#options.timeoutMs).unref();
  }

  /** A tighter interval than hello.ok said. */
  heartbeatWithin(intervalMs: number): void {
    if (this.#state === 'open' && intervalMs > 0 && intervalMs < this.#heartbeatMs) this.#beat(intervalMs);
  }

  close(): void {
    this.#leave();
    this.#state = 'ended';
  }

  #connect(): void {
    this.#state = 'greeting';
    const link: Link = this.#options.openLink(this.#options.address, {
      message: (frames) => {
        if (this.#link === link) this.#take(frames);
      },
      lost: (reason) => {
        if (this.#link === link) this.lose(this.#unreachable(reason));
      },
    });
    this.#link = link;
    const { timeoutMs } = this.#options;
    this.#timer = setTimeout(() => this.lose(this.#unreachable(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const hello: Hello = {
      type: 'hello',
      versions: [VERSION],
      bodyForm: 'raw',
      confirm: null,
      capabilities: [],
      ...this.#events.greeting(),
    };
    link.send([DELIMITER, CONTROL, encodeClientWord(hello)]);
  }

  #unreachable(reason: string): TachyonError {
    return new TachyonError('BROKER_UNREACHABLE', `${this.#options.address}: ${reason}`);
  }

  #retry(error: TachyonError): void {
    const { reconnect, name } = this.#options;
    // `lost` may have closed the connection.
    if (this.#state !== 'waiting') return;
    if (reconnect === null) return this.#end(error);
    const delayMs = Math.max(backoffMs(reconnect, this.#failures, Math.random()), error.retryAfterMs ?? 0);
    this.#failures += 1;
    this.#options.tell({ type: 'reconnecting', connection: name, attempt: this.#failures, delayMs });
    // Not unref'd: a client that is open keeps its process alive, connected or not.
    this.#timer = setTimeout(() => this.#connect(), delayMs);
  }

  #end(error: TachyonError): void {
    this.close();
    this.#events.ended(error);
  }

  #leave(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#heartbeat);
    const link = this.#link;
    this.#link = null;
    link?.close();
  }

  #take(frames: Frames): void {
    this.#heardAtMs = performance.now();
    const [first] = frames;
    if (first === undefined) return;
    if (frames.length !== 1) return this.#takeJson(frames.at(-1) ?? first);
    const packet = decodeBrokerPacket(first);
    if (packet.type === 'control') return this.#takeJson(packet.json);
    if (packet.type === 'refused') return this.#broken(packet.error, packet.detail);
    if (packet.type !== 'heartbeat' && this.#state === 'open') this.#events.packet(packet);
  }

  #takeJson(json: Uint8Array): void {
    const word = decodeBrokerWord(json);
    // A word that this client does not know is one of a newer broker: it says nothing here.
    if (word.type === 'refused') {
      if (word.error !== 'UNKNOWN_CONTROL') this.#broken(word.error, word.detail);
      return;
    }
    if (this.#state === 'greeting') return this.#takeAnswer(word);
    if (word.type === 'server.draining') {
      const { reconnectAfterMs } = word;
      this.#options.tell({ type: 'draining', connection: this.#options.name, reconnectAfterMs });
      this.expectEnd(reconnectAfterMs);
    }
    this.#events.word(word);
  }

  #broken(code: ErrorWord['code'], detail: string): void {
    const error = new TachyonError(code, detail);
    this.#options.tell({ type: 'error', connection: this.#options.name, error });
    this.lose(error);
  }

  #takeAnswer(word: BrokerWord): void {
    if (word.type === 'hello.ok') return this.#open(word);
    if (word.type !== 'error') return;
    const error = errorOf(word);
    if (error.retryable) return this.lose(error);
    if (this.#events.refused(error)) return this.restart();
    this.#end(error);
  }

  #open(ok: HelloOk): void {
    if (ok.version !== VERSION) {
      return this.#end(new TachyonError('UNSUPPORTED_VERSION', `the broker chose abtp/${ok.version}`));
    }
    clearTimeout(this.#timer);
    this.#state = 'open';
    this.#openedAtMs = performance.now();
    this.#beat(ok.heartbeatMs);
    this.#events.opened(ok);
  }

  #beat(intervalMs: number): void {
    clearInterval(this.#heartbeat);
    this.#heartbeatMs = intervalMs;
    if (intervalMs === 0) return;
    this.#tickedAtMs = performance.now();
    this.#heartbeat = setInterval(() => this.#tick(), intervalMs / 2).unref();
  }

  #tick(): void {
    const nowMs = performance.now();
    // After a stall of this process, what the broker said meanwhile is still unread: it was not silent.
    const stalledMs = nowMs - this.#tickedAtMs - this.#heartbeatMs / 2;
    if (stalledMs > this.#heartbeatMs) this.#heardAtMs = nowMs;
    this.#tickedAtMs = nowMs;
    const silentMs = nowMs - this.#heardAtMs;
    if (silentMs > SILENT_HEARTBEATS * this.#heartbeatMs) {
      return this.lose(this.#unreachable(`silent for ${Math.round(silentMs)} ms`));
    }
    if (!this.#spoke) this.#link?.send([encodeHeartbeat()]);
    this.#spoke = false;
  }
}

/** The broker's refusal as an error of the client: the catalogue's sentence comes with the code. */
export function errorOf(word: ErrorWord): TachyonError {
  const { sentence } = ERRORS[word.code];
  const detail = word.message.startsWith(sentence) ? word.message.slice(sentence.length).trim() : word.message;
  return new TachyonError(word.code, detail, word.retryAfterMs > 0 ? { retryAfterMs: word.retryAfterMs } : {});
}
