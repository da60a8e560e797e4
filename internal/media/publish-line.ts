// Bodies compressed at rest, between the desks and the turn: a message whose route asks for it goes on with its body
// compressed. Large bodies are away for that, at the sidecar; whatever their peer said after them waits behind them, and
// nobody else does. Invariants: what one peer said goes on in the order in which it came, each command once; what is away
// is bounded, and beyond the bound a message is refused as BUSY; a body that does not get smaller goes on as it was.

import { bodyOffset, COMPRESSION_NONE, compressionOf } from '../../pkg/protocol/block.ts';
import { writeU32 } from '../../pkg/protocol/bytes.ts';
import type { Command, Publish, PublishMessage } from '../domain/command.ts';
import type { Refusal } from '../domain/effect.ts';
import type { PeerId } from '../domain/ids.ts';
import type { State } from '../domain/state.ts';
import { AskedCodecs } from './asked-codec.ts';
import type { BodyCodec } from './codecs.ts';
import { FastPath } from './fast-path.ts';

export interface PublishLineOptions {
  readonly fastPath: FastPath;
  /** What the routes ask for. */
  readonly asked: Pick<AskedCodecs, 'any' | 'of'>;
  /** Something that waited may go on. */
  readonly wake: () => void;
  readonly awayBytesMax?: number;
}

/** Smaller bodies gain next to nothing. */
const COMPRESSED_BYTES_MIN = 512;
const AWAY_BYTES_MAX = 64 * 1024 * 1024;
const BUSY_RETRY_MS = 250;
/** Where a block says how its body is compressed. */
const COMPRESSION_AT = 6;

/** A place in the line of one peer; null while its body is away. */
interface Place {
  command: Command | null;
}

export class PublishLine {
  readonly #options: PublishLineOptions;
  readonly #awayBytesMax: number;
  readonly #lines = new Map<PeerId, Place[]>();
  #ready: Command[] = [];
  #awayBytes = 0;

  constructor(options: PublishLineOptions) {
    this.#options = options;
    this.#awayBytesMax = options.awayBytesMax ?? AWAY_BYTES_MAX;
  }

  /** The line of a broker: its routes ask. Without a fast path everything is done here. */
  static of(state: State, fastPath: FastPath | undefined, wake: () => void): PublishLine {
    const here = { sidecar: null, cutoverBytes: Number.POSITIVE_INFINITY, require: false, fallbackToLocal: true };
    return new PublishLine({
      fastPath: fastPath ?? new FastPath(here),
      asked: new AskedCodecs(state),
      wake,
    });
  }

  /** Bytes of bodies that are away. */
  get awayBytes(): number {
    return this.#awayBytes;
  }

  /** Peers that wait, and commands that may go on and have not gone yet. */
  get size(): number {
    return this.#lines.size + this.#ready.length;
  }

  /** Takes what came, and gives what may go on: first what had to wait. */
  pass(commands: readonly Command[]): readonly Command[] {
    // The way of nearly every broker: nobody waits, and no route asks.
    if (this.size === 0 && !this.#options.asked.any) return commands;
    const passed = this.#ready;
    this.#ready = [];
    for (const command of commands) {
      const peer = 'peer' in command ? command.peer : null;
      const line = peer === null ? undefined : this.#lines.get(peer);
      if (command.type === 'publish') this.#publish(command, line, passed);
      else if (line === undefined) passed.push(command);
      else line.push({ command });
    }
    return passed;
  }

  #publish(publish: Publish, line: Place[] | undefined, passed: Command[]): void {
    const parts = this.#parts(publish);
    if (line === undefined && !parts.some((part) => part instanceof Promise)) {
      for (const part of parts) passed.push(part as Publish);
      return;
    }
    const places = line ?? [];
    this.#lines.set(publish.peer, places);
    for (const part of parts) {
      const place: Place = { command: part instanceof Promise ? null : part };
      places.push(place);
      if (part instanceof Promise) void part.then((command) => this.#arrived(publish.peer, place, command));
    }
    this.#advance(publish.peer, places);
  }

  #arrived(peer: PeerId, place: Place, command: Publish): void {
    place.command = command;
    const line = this.#lines.get(peer);
    if (line !== undefined) this.#advance(peer, line);
  }

  #advance(peer: PeerId, line: Place[]): void {
    let gone = 0;
    for (let first = line[0]?.command; first !== null && first !== undefined; first = line[gone]?.command) {
      this.#ready.push(first);
      gone += 1;
    }
    line.splice(0, gone);
    if (line.length === 0) this.#lines.delete(peer);
    if (gone > 0) this.#options.wake();
  }

  /** The command, cut where a body is compressed: each of those is a command of its own. */
  #parts(publish: Publish): readonly (Publish | Promise<Publish>)[] {
    const { messages, firstSequence } = publish;
    // A batch stays one command: its bodies go on as they came.
    if (publish.atomic === true) return [publish];
    const parts: (Publish | Promise<Publish>)[] = [];
    let from = 0;
    for (let i = 0; i < messages.length; i += 1) {
      const message = messages[i] as PublishMessage;
      const codec = this.#codecOf(publish, message);
      if (codec === null) continue;
      if (i > from) parts.push(part(publish, from, i));
      from = i + 1;
      const alone = { ...publish, firstSequence: firstSequence + i, messages: [message] };
      parts.push(this.#compressed(alone, message, codec));
    }
    if (from === 0) return [publish];
    if (from < messages.length) parts.push(part(publish, from, messages.length));
    return parts;
  }

  #codecOf({ source, tenant }: Publish, { start, end, tail, topic, fault }: PublishMessage): BodyCodec | null {
    // Most messages are small, and cost no more than this.
    if ((tail === null ? end - start : tail.length) < COMPRESSED_BYTES_MIN || fault !== null) return null;
    const bytes = tail === null ? end - bodyOffset(source, start) : tail.length;
    if (bytes < COMPRESSED_BYTES_MIN || compressionOf(source, start) !== COMPRESSION_NONE) return null;
    return this.#options.asked.of(tenant, topic);
  }

  #compressed(publish: Publish, message: PublishMessage, codec: BodyCodec): Publish | Promise<Publish> {
    const { fastPath } = this.#options;
    const { source } = publish;
    const body = message.tail ?? source.subarray(bodyOffset(source, message.start), message.end);
    if (!fastPath.isOffLoop(body.length)) return withBody(publish, message, codec, body, codec.compress(body));
    if (this.#awayBytes + body.length > this.#awayBytesMax) {
      const detail = `${this.#awayBytes} bytes are being compressed already`;
      return refused(publish, message, { code: 'BUSY', detail, retryAfterMs: BUSY_RETRY_MS });
    }
    this.#awayBytes += body.length;
    return fastPath.compress(codec, body).then((packed) => {
      this.#awayBytes -= body.length;
      if (packed instanceof Uint8Array) return withBody(publish, message, codec, body, packed);
      const { error: code, detail } = packed;
      return refused(publish, message, { code, detail, retryAfterMs: Math.max(BUSY_RETRY_MS, fastPath.retryAfterMs) });
    });
  }
}

const part = (publish: Publish, from: number, to: number): Publish => ({
  ...publish,
  firstSequence: publish.firstSequence + from,
  messages: publish.messages.slice(from, to),
});

const refused = (publish: Publish, message: PublishMessage, fault: Refusal): Publish => ({
  ...publish,
  messages: [{ ...message, fault }],
});

/** The block with another body: a head of its own, that says so, and the packed bytes behind it. */
function withBody(
  publish: Publish,
  message: PublishMessage,
  { compression }: BodyCodec,
  { length }: Uint8Array,
  packed: Uint8Array,
): Publish {
  if (packed.length >= length) return publish;
  // Not slice: that of a Buffer is a view, and the bytes are the peer's packet.
  const head = new Uint8Array(publish.source.subarray(message.start, bodyOffset(publish.source, message.start)));
  head[COMPRESSION_AT] = compression;
  writeU32(head, 0, head.length + packed.length);
  return { ...publish, source: head, messages: [{ ...message, start: 0, end: head.length, tail: packed }] };
}
