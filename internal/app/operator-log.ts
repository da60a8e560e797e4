// Operators' requests in the log, at level debug: who asked for what, under which number, what it was about, what came of
// it and how long it took. It listens at the admin endpoint's transport and changes nothing; at other levels it is not
// there at all. That a change was made or refused is in the log at any level: action-log.ts.
//
// Invariant: what waits for its reply is bounded; of arguments and results only names and numbers are kept, cut.

import type { Logger } from 'pino';
import { decodeBrokerPacket, decodeClientPacket } from '../../pkg/protocol/abtp2.ts';
import { type BrokerWord, decodeBrokerWord, decodeClientWord } from '../../pkg/protocol/control.ts';
import {
  type Frames,
  type SendResult,
  sendInPieces,
  type Transport,
  type TransportCapabilities,
  type TransportHandlers,
} from '../delivery/transport.ts';
import type { PeerId } from '../domain/ids.ts';

const WAITING_MAX = 1_024;

/** What a request is about: by these its lines, its messages and its entry of the audit log are found. */
const NAMES = ['actor', 'tenant_id', 'queue', 'consumer', 'id', 'ids', 'sequence', 'job'] as const;
const TEXT_MAX = 256;
const IDS_MAX = 16;

interface Asked {
  readonly word: string;
  readonly about: Readonly<Record<string, unknown>>;
  readonly atMs: number;
}

/** The transport as it was given where nobody reads such lines. */
export const loggedOperators = (transport: Transport, logger: Logger): Transport =>
  logger.isLevelEnabled('debug') ? new LoggedTransport(transport, logger) : transport;

class LoggedTransport implements Transport {
  readonly #transport: Transport;
  readonly #logger: Logger;
  readonly #asked = new Map<string, Asked>();

  constructor(transport: Transport, logger: Logger) {
    this.#transport = transport;
    this.#logger = logger;
  }

  get capabilities(): TransportCapabilities {
    return this.#transport.capabilities;
  }

  get address(): string {
    return this.#transport.address;
  }

  listen(handlers: TransportHandlers): Promise<void> {
    return this.#transport.listen({
      ...handlers,
      onBatch: (peer, messages) => {
        for (const frames of messages) this.#request(peer, frames);
        handlers.onBatch(peer, messages);
      },
    });
  }

  send(peer: PeerId, frames: Frames): SendResult {
    this.#reply(peer, frames);
    return this.#transport.send(peer, frames);
  }

  sendInPieces(peer: PeerId, pieces: readonly Uint8Array[]): SendResult {
    return sendInPieces(this.#transport, peer, pieces);
  }

  flush(): void {
    this.#transport.flush?.();
  }

  drop(peer: PeerId): void {
    this.#transport.drop(peer);
  }

  close(lingerMs: number): Promise<void> {
    return this.#transport.close(lingerMs);
  }

  #request(peer: PeerId, frames: Frames): void {
    const json = jsonOf(frames, decodeClientPacket);
    const word = json === null ? null : decodeClientWord(json);
    if (word?.type !== 'admin.request') return;
    const [oldest] = this.#asked.keys();
    if (this.#asked.size >= WAITING_MAX && oldest !== undefined) this.#asked.delete(oldest);
    this.#asked.set(keyOf(peer, word.id), {
      word: word.word,
      about: aboutOf(word.args),
      atMs: performance.now(),
    });
  }

  #reply(peer: PeerId, frames: Frames): void {
    if (this.#asked.size === 0) return;
    const json = jsonOf(frames, decodeBrokerPacket);
    const word = json === null ? null : (decodeBrokerWord(json) as BrokerWord);
    if (word?.type !== 'admin.reply') return;
    const key = keyOf(peer, word.id);
    const asked = this.#asked.get(key);
    if (asked === undefined) return;
    this.#asked.delete(key);
    const tookMs = Math.round((performance.now() - asked.atMs) * 100) / 100;
    const outcome = word.ok ? 'ok' : (word.error?.code ?? 'INTERNAL');
    const job = word.ok ? named(word.result, 'job') : undefined;
    const fields = { peer, request: word.id, word: asked.word, ...asked.about, ...(job === undefined ? {} : { job }) };
    this.#logger.debug({ ...fields, outcome, tookMs }, 'operator request');
  }
}

function aboutOf(args: unknown): Readonly<Record<string, unknown>> {
  const found = NAMES.map((name) => [name, named(args, name)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

/** A text, a number, or a list of texts of that name; nothing else is told. */
function named(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  const found = (value as Readonly<Record<string, unknown>>)[name];
  if (Array.isArray(found)) return found.slice(0, IDS_MAX).flatMap((one) => shown(one) ?? []);
  return shown(found);
}

function shown(value: unknown): string | number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? value.slice(0, TEXT_MAX) : undefined;
}

const keyOf = (peer: PeerId, id: number): string => `${peer}:${id}`;

/** The JSON of a control word in either version of the protocol; null for anything else. */
function jsonOf(
  frames: Frames,
  decode: (bytes: Uint8Array) => { readonly type: string; readonly json?: Uint8Array },
): Uint8Array | null {
  const [first, , last] = frames;
  if (frames.length === 3) return last ?? null;
  if (frames.length === 2) return frames[1] ?? null;
  if (first === undefined || frames.length !== 1) return null;
  return decode(first).json ?? null;
}
