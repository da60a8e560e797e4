// What leaves for the peers of one desk, each in its order, and what they cannot take: a peer that does not read, or for
// which a body is still being unpacked, is told to the core as blocked, so that nothing more is leased or settled for it.
//
// Invariant: a message that was settled before its hand-over is handed over, or counted as lost.

import type { ErrorCode } from '../../../pkg/protocol/errors.ts';
import type { Command } from '../../domain/command.ts';
import type { PeerId } from '../../domain/ids.ts';
import type { Outgoing } from '../../usecase/gate.ts';
import type { Unpack } from '../../usecase/ports/unpack.ts';
import { type AnsweringOptions, sendEffect } from './answering.ts';
import { type MessageLineOptions, sendMessages } from './deliveries.ts';
import type { WirePeer } from './wire-peer.ts';

export interface PeerSenderOptions extends AnsweringOptions {
  readonly unpack: Unpack;
  readonly nowMs: () => number;
  readonly wake: () => void;
}

export interface SenderEvents {
  peer(id: PeerId): WirePeer | undefined;
  put(peer: WirePeer, command: Command): void;
  refused(code: ErrorCode): void;
  lost(messages: number): void;
  gone(peer: WirePeer, cause: 'gone' | 'slow'): void;
}

export class PeerSender {
  readonly #options: PeerSenderOptions;
  readonly #events: SenderEvents;
  readonly #messageLine: MessageLineOptions;
  readonly #touched = new Set<WirePeer>();

  constructor(options: PeerSenderOptions, events: SenderEvents) {
    this.#options = options;
    this.#events = events;
    this.#messageLine = { unpack: options.unpack, lost: (messages) => events.lost(messages) };
  }

  /**
   * What leaves a turn, in order for each peer. Confirms that stand before all else of their peer go first: somebody waits
   * for them, and on a machine with few cores whoever is written to next is who runs next.
   */
  send(outgoing: readonly Outgoing[]): void {
    const passed = new Set<PeerId | null>();
    const rest = outgoing.filter((one) => {
      const { type, peer } = one.effect;
      const isFirst = type === 'published' && !passed.has(peer);
      if (isFirst) this.#sendOne(one);
      else passed.add(peer);
      return !isFirst;
    });
    this.#flushTouched();
    for (const one of rest) this.#sendOne(one);
    this.#flushTouched();
  }

  #flushTouched(): void {
    for (const peer of [...this.#touched]) this.flush(peer);
    this.#touched.clear();
  }

  #sendOne(outgoing: Outgoing): void {
    const { effect } = outgoing;
    if (effect.peer === null) return;
    const peer = this.#events.peer(effect.peer);
    if (peer === undefined) return this.#lose(outgoing);
    if (peer.line.offer(outgoing)) {
      // Of a session that began while a body of the one before is away, the core does not know it yet.
      if (effect.type === 'deliver') this.#block(peer);
      return;
    }
    if (peer.served === null) this.#lose(outgoing);
    if (effect.type === 'refused') this.#events.refused(effect.refusal.code);
    else if (effect.type === 'published') for (const { code } of effect.refusals) this.#events.refused(code);
    this.#touched.add(peer);
    if (effect.type !== 'deliver' || peer.binary) sendEffect(peer, outgoing, this.#options);
    else {
      const work = sendMessages(peer, effect, outgoing.blocks ?? [], this.#messageLine);
      peer.line.run(work, () => this.#goOn(peer));
      if (peer.line.busy) this.#block(peer);
    }
    peer.outbox.lastSentMs = this.#options.nowMs();
    // The core begins a session with a peer that takes messages.
    if (effect.type === 'registered' && peer.outbox.full) this.#block(peer);
    else this.#noteFull(peer);
  }

  /** A body that was away is here: what waited behind it follows. */
  #goOn(peer: WirePeer): void {
    if (peer.closed) return;
    for (const one of peer.line.rest()) this.#sendOne(one);
    this.#unblock(peer);
    this.flush(peer);
    this.#touched.delete(peer);
  }

  flush(peer: WirePeer): void {
    const { outbox } = peer;
    outbox.flush();
    if (outbox.gone) this.#events.gone(peer, 'gone');
    else if (outbox.overrun) this.#events.gone(peer, 'slow');
    else this.#noteFull(peer);
  }

  /** The transport takes messages for it again. */
  drained(peer: WirePeer): void {
    const { outbox } = peer;
    outbox.drained();
    // Full again means that some of what waited was taken: the peer reads.
    peer.fullSinceMs = outbox.full ? this.#options.nowMs() : null;
    this.#unblock(peer);
    this.flush(peer);
  }

  /** What waits for it does not leave. */
  forget(peer: WirePeer): void {
    this.#touched.delete(peer);
    for (const outgoing of peer.line.abandon()) this.#lose(outgoing);
    peer.outbox.abandon();
  }

  /** It does not leave: what was settled for it is nowhere any more. */
  #lose({ effect }: Outgoing): void {
    if (effect.type === 'deliver' && effect.firstDelivery === 0) this.#events.lost(effect.entries.length);
  }

  #noteFull(peer: WirePeer): void {
    if (!peer.outbox.full || peer.fullSinceMs !== null) return;
    peer.fullSinceMs = this.#options.nowMs();
    if (peer.served !== null || peer.asks) this.#block(peer);
  }

  #block(peer: WirePeer): void {
    this.#events.put(peer, { type: 'peer-blocked', peer: peer.id, blocked: true });
    this.#options.wake();
  }

  /** Unless something else still stands before its deliveries. */
  #unblock(peer: WirePeer): void {
    if (peer.outbox.full || peer.line.busy) return;
    this.#events.put(peer, { type: 'peer-blocked', peer: peer.id, blocked: false });
    this.#options.wake();
  }
}
