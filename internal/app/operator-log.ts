// Operators' requests in the log, at level debug: who asked for what, under which number, what came of it and how long
// it took. It listens at the admin endpoint's transport and changes nothing; at other levels it is not there at all.
//
// Invariant: what waits for its reply is bounded; of arguments and results nothing is kept.

import type { Logger } from 'pino';
import { decodeBrokerPacket, decodeClientPacket } from '../../pkg/protocol/abtp2.ts';
import { type BrokerWord, decodeBrokerWord, decodeClientWord } from '../../pkg/protocol/control.ts';
import type { Frames, SendResult, Transport, TransportCapabilities, TransportHandlers } from '../delivery/transport.ts';
import type { PeerId } from '../domain/ids.ts';

const WAITING_MAX = 1_024;

interface Asked {
  readonly word: string;
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
    this.#asked.set(keyOf(peer, word.id), { word: word.word, atMs: performance.now() });
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
    this.#logger.debug({ peer, request: word.id, word: asked.word, outcome, tookMs }, 'operator request');
  }
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
