// The front desk of one listening socket: frames of many peers become commands of the next turn, and what leaves the
// turn becomes frames again. Bad input is answered where its sender can be, counted, and touches nobody else.
// Invariant: everything that a peer has said is among the commands before the word that it is gone.
//
// A desk numbers its peers apart from those of other desks, so that the core sees one set of connections.

import type { DecompressBE } from '../../../pkg/protocol/abtp1/guess.ts';
import { type Abtp1Publish, type Abtp1Refusal, decodeFrames } from '../../../pkg/protocol/abtp1.ts';
import type { ErrorParts } from '../../../pkg/protocol/control/replies.ts';
import { type ClientWord, decodeClientWord } from '../../../pkg/protocol/control.ts';
import type { ErrorCode } from '../../../pkg/protocol/errors.ts';
import { inboxAddress } from '../../../pkg/protocol/inbox.ts';
import type { Command } from '../../domain/command.ts';
import { asPeerId, NO_PRODUCER, type PeerId } from '../../domain/ids.ts';
import type { Outgoing } from '../../usecase/gate.ts';
import type { Unpack } from '../../usecase/ports/unpack.ts';
import {
  type Frames,
  sendInPieces,
  type Transport,
  type TransportFault,
  type TransportHandlers,
} from '../transport.ts';
import type { AnsweringOptions } from './answering.ts';
import { type DeskCounters, noDeskCounts } from './desk-counters.ts';
import { busyFor, type LivenessOptions, livenessOf, shiftLiveness } from './liveness.ts';
import { takePacket } from './packets.ts';
import { PeerOutbox } from './peer-outbox.ts';
import { PeerSender } from './peer-sender.ts';
import { isPublish, PublishGatherer } from './publishes.ts';
import { confirmFrames, sendError, sendHeartbeat, sendWord } from './replies.ts';
import { WirePeer } from './wire-peer.ts';
import { type Doorman, takeWord } from './words.ts';

/** Peers of this desk and of at most three others. */
const DESKS = 4;

export interface FrontDeskOptions extends AnsweringOptions, LivenessOptions {
  readonly unpack: Unpack;
  readonly transport: Transport;
  /** 0 to 3; each desk of a broker has its own. */
  readonly index: number;
  readonly doorman: Doorman;
  readonly legacyBodies: boolean;
  readonly decompressBE: DecompressBE;
  readonly nowMs: () => number;
  /** Commands have arrived, and nothing more has: a turn can be taken at once. */
  readonly arrived: () => void;
  /** Something waits for a turn. */
  readonly wake: () => void;
  /** Set on the admin endpoint: takes operators' requests. Elsewhere they are refused. */
  readonly admin?: (peer: PeerId, word: Extract<ClientWord, { type: 'admin.request' }>) => Command | null;
}

/** What the transport itself has refused, by the code that its sender would be told. */
const FAULT_CODES: Readonly<Record<Exclude<TransportFault, 'send-lost'>, ErrorCode>> = {
  oversized: 'FRAME_TOO_LARGE',
  malformed: 'MALFORMED_FRAMES',
  refused: 'BUSY',
};

export class FrontDesk {
  readonly #options: FrontDeskOptions;
  readonly #sender: PeerSender;
  readonly #peers = new Map<PeerId, WirePeer>();
  #commands: Command[] = [];
  readonly counters: DeskCounters = noDeskCounts();
  /** Everything refused to the peers of this desk, at the door or by the core. */
  readonly refusedByCode = new Map<ErrorCode, number>();
  #draining = false;

  constructor(options: FrontDeskOptions) {
    this.#options = options;
    this.#sender = new PeerSender(options, {
      peer: (id) => this.#peers.get(id),
      put: (peer, command) => this.#put(peer, command),
      refused: (code) => this.#count(code),
      lost: (messages) => this.#lost(messages),
      gone: (peer, cause) => this.#gone(peer.id, cause),
    });
  }

  get peers(): ReadonlyMap<PeerId, WirePeer> {
    return this.#peers;
  }

  readonly handlers: TransportHandlers = {
    onBatch: (peer, messages) => this.#take(this.#peer(peer), messages),
    onIdle: () => {
      if (this.#commands.length > 0) this.#options.arrived();
    },
    onPeerGone: (peer) => this.#gone(this.#core(peer)),
    onDrain: (id) => {
      const peer = this.#peers.get(this.#core(id));
      if (peer !== undefined) this.#sender.drained(peer);
    },
    onFault: (peer, fault, _detail, messages) => {
      if (fault !== 'send-lost') return this.#count(FAULT_CODES[fault]);
      const served = peer === null ? null : (this.#peers.get(this.#core(peer))?.served ?? null);
      // What was settled before its hand-over is lost; anything else is a reply, or comes again.
      if (served?.session.acks === false) this.#lost(messages);
      else this.counters.unsent += messages;
      if (peer !== null) this.#gone(this.#core(peer));
    },
  };

  serves(peer: PeerId): boolean {
    return peer % DESKS === this.#options.index;
  }

  /** What has arrived since the last turn. */
  takeCommands(): Command[] {
    const commands = this.#commands;
    this.#commands = [];
    return commands;
  }

  #core(transportPeer: PeerId): PeerId {
    return asPeerId(transportPeer * DESKS + this.#options.index);
  }

  #transportPeer(peer: PeerId): PeerId {
    return asPeerId((peer - this.#options.index) / DESKS);
  }

  #peer(transportPeer: PeerId): WirePeer {
    const id = this.#core(transportPeer);
    const known = this.#peers.get(id);
    if (known !== undefined) return known;
    const { transport, nowMs } = this.#options;
    const outbox: PeerOutbox = new PeerOutbox(
      (frames, areOne) =>
        areOne ? sendInPieces(transport, transportPeer, frames) : transport.send(transportPeer, frames),
      (run) => confirmFrames(run, peer.binary),
      { dropped: () => (this.counters.droppedReplies += 1), lost: (messages) => this.#lost(messages) },
    );
    const peer: WirePeer = new WirePeer(id, outbox, nowMs());
    this.#peers.set(id, peer);
    return peer;
  }

  #put(peer: WirePeer, command: Command | null): void {
    if (command === null || peer.closed) return;
    const isInside = command.type === 'publish' && this.#options.admin !== undefined;
    this.#commands.push(isInside ? { ...command, inside: true } : command);
  }

  #take(peer: WirePeer, messages: readonly Frames[]): void {
    const { legacyBodies, decompressBE, messageBytesMax, nowMs } = this.#options;
    peer.lastHeardMs = nowMs();
    const gatherer = new PublishGatherer(peer, messageBytesMax, this.#freshInbox);
    for (const frames of messages) {
      if (peer.closed) return;
      this.counters.messages += 1;
      const bodyForm = peer.greeting?.bodyForm ?? null;
      const input = decodeFrames(frames, { bodyForm, legacyBodies, decompress: decompressBE });
      if (input.type === 'publish') {
        this.#publish(peer, input, gatherer);
        continue;
      }
      this.#put(peer, gatherer.take());
      if (input.type === 'refused') this.#refuseFrames(peer, input, frames);
      else if (input.type === 'control') this.#word(peer, input.word);
      else this.#packet(peer, input.packet);
    }
    this.#put(peer, gatherer.take());
    this.#sender.flush(peer);
  }

  readonly #freshInbox = (): string => inboxAddress(this.#options.doorman.freshToken().token);

  #publish(peer: WirePeer, publish: Abtp1Publish, gatherer: PublishGatherer): void {
    const tenant = publish.tenant ?? peer.tenant;
    const { messageId, sequence } = publish;
    const no = (code: ErrorCode, detail: string): void => {
      const number = peer.number(sequence);
      this.#refuse(peer, code, { detail, messageId, ...(number === null ? {} : { sequence: number }) });
    };
    if (tenant !== peer.tenant && !this.#options.doorman.trustTenants) {
      return no('TENANT_NOT_TRUSTED', `tenant "${tenant}"`);
    }
    if (peer.awaitsProducer) return no('HELLO_REQUIRED', 'publish when hello.ok has granted the producer');
    if (sequence !== null && peer.producer === NO_PRODUCER) {
      return no('HELLO_REQUIRED', 'a sequence needs a producer from hello');
    }
    this.#put(peer, gatherer.add(publish, tenant));
  }

  /** A publish that is refused at the door takes its number all the same: the client has counted it. */
  #refuseFrames(peer: WirePeer, { error, detail, messageId }: Abtp1Refusal, frames: Frames): void {
    const number = isPublish(frames) ? peer.number(null) : null;
    this.#refuse(peer, error, { detail, messageId, ...(number === null ? {} : { sequence: number }) });
  }

  #packet(peer: WirePeer, bytes: Uint8Array): void {
    if (!peer.binary) {
      this.#refuse(peer, 'HELLO_REQUIRED', { detail: 'abtp/2 packets need a hello that names version 2' });
      return;
    }
    const intake = takePacket(peer, bytes, this.#options.messageBytesMax);
    if (intake.type === 'heartbeat') peer.beats = true;
    else if (intake.type === 'refused') this.#refuse(peer, intake.refusal.code, { detail: intake.refusal.detail });
    else if (intake.type === 'word') {
      const word = decodeClientWord(intake.json);
      if (word.type === 'refused') this.#refuse(peer, word.error, { detail: word.detail });
      else this.#word(peer, word);
    } else this.#settling(peer, intake.command);
  }

  #word(peer: WirePeer, word: ClientWord): void {
    if (word.type === 'admin.request') {
      const { admin } = this.#options;
      if (admin === undefined) return this.#refuse(peer, 'NOT_ALLOWED_HERE', { detail: word.word, request: word.id });
      return this.#put(peer, admin(peer.id, word));
    }
    const { commands, refusals } = takeWord(peer, word, this.#options.doorman);
    for (const { code, detail, messageId, deliveryId } of refusals) {
      this.#refuse(peer, code, { detail, messageId, ...(deliveryId === null ? {} : { deliveryId }) });
    }
    for (const command of commands) this.#settling(peer, command);
  }

  /** Notes what the wire must know of a command on its way. */
  #settling(peer: WirePeer, command: Command): void {
    if (command.type === 'ack') for (const delivery of command.deliveries) peer.ended(delivery);
    else if (command.type === 'nack') for (const { delivery } of command.items) peer.ended(delivery);
    else if (command.type === 'extend') busyFor(peer, command.byMs, this.#options.nowMs());
    this.#put(peer, command);
  }

  #count(code: ErrorCode): void {
    this.counters.refusedInput += 1;
    this.refusedByCode.set(code, (this.refusedByCode.get(code) ?? 0) + 1);
  }

  #refuse(peer: WirePeer, code: ErrorCode, parts: ErrorParts): void {
    this.#count(code);
    sendError(peer, code, parts);
  }

  /** Messages that were settled before their hand-over, and are not handed over. */
  #lost(messages: number): void {
    this.counters.lostAtHandOver += messages;
  }

  #gone(id: PeerId, cause: 'gone' | 'silent' | 'slow' = 'gone'): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    if (cause === 'slow') this.counters.slowPeers += 1;
    this.#put(peer, { type: 'peer-gone', peer: id, cause });
    peer.closed = true;
    this.#peers.delete(id);
    this.#sender.forget(peer);
    this.#options.transport.drop(this.#transportPeer(id));
    this.#options.wake();
  }

  /** What leaves a turn, in order. */
  send(outgoing: readonly Outgoing[]): void {
    this.#sender.send(outgoing);
  }

  /** The broker ends: what still waits for its peers stays behind, and what is kept nowhere else is counted. */
  abandon(): void {
    for (const peer of this.#peers.values()) this.#sender.forget(peer);
  }

  /** Heartbeats out, silent peers out. Called from the loop a few times per interval. */
  tick(): void {
    const nowMs = this.#options.nowMs();
    for (const peer of [...this.#peers.values()]) {
      switch (livenessOf(peer, nowMs, this.#options)) {
        case 'well':
          break;
        case 'due':
          peer.outbox.lastSentMs = nowMs;
          sendHeartbeat(peer, nowMs);
          this.#sender.flush(peer);
          break;
        case 'forgotten':
          // Where the transport tells when a peer goes, a silent one costs no more than its connection.
          if (!this.#options.transport.capabilities.peerEvents) this.#gone(peer.id);
          break;
        case 'silent':
          this.counters.silentPeers += 1;
          sendError(peer, 'SESSION_EXPIRED', { detail: `silent for ${nowMs - peer.lastHeardMs} ms` });
          this.#gone(peer.id, 'silent');
          break;
        case 'slow':
          this.#gone(peer.id, 'slow');
          break;
      }
    }
  }

  /** The broker was away for so long: nobody was silent because of that. */
  shift(byMs: number): void {
    const nowMs = this.#options.nowMs();
    for (const peer of this.#peers.values()) shiftLiveness(peer, byMs, nowMs);
  }

  /** Says goodbye to everybody who would understand. */
  drain(reconnectAfterMs: number): void {
    if (this.#draining) return;
    this.#draining = true;
    for (const peer of [...this.#peers.values()]) {
      if (peer.greeting === null) continue;
      sendWord(peer, { type: 'server.draining', reconnectAfterMs });
      this.#sender.flush(peer);
    }
  }
}
