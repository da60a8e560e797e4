// From the first octet to a known peer: greetings, then the mechanism's commands. It holds no socket, only the order of
// things: what is sent, what is due, and when the peer is let in or refused.

import { concat, EMPTY, latin1, latin1Of } from './bytes.ts';
import { decodeCommand, decodeErrorReason, encodeError } from './commands.ts';
import { ZmtpError } from './errors.ts';
import { encodeGreeting, encodeTail20, GreetingReader, OPENING_SIZE, type ZmtpVersion } from './greeting.ts';
import type { Mechanism, MechanismStep, Security } from './mechanisms/mechanism.ts';
import { encodeMetadata, type Metadata } from './metadata.ts';
import { hasIdentity, isLegalPeer, type SocketType, socketTypeTo20 } from './socket-type.ts';

export interface HandshakeSetup {
  readonly socketType: SocketType;
  readonly identity: Uint8Array;
  /** Beyond Socket-Type and Identity. */
  readonly properties: ReadonlyMap<string, Uint8Array>;
  readonly security: Security;
}

/** What the handshake tells of the peer. */
export interface KnownPeer {
  readonly version: ZmtpVersion;
  readonly socketType: string;
  readonly identity: Uint8Array;
  readonly metadata: Metadata;
  readonly userId: string | null;
}

export interface HandshakeEvents {
  send(bytes: Uint8Array): void;
  /** The last word before the peer is told that it is in: an error keeps it out. */
  admit(peer: KnownPeer): ZmtpError | null;
  done(peer: KnownPeer): void;
  /** Of a step that took its time; all others throw. */
  failed(error: ZmtpError): void;
}

export class Handshake {
  readonly #setup: HandshakeSetup;
  readonly #events: HandshakeEvents;
  readonly #reader = new GreetingReader();
  readonly #peer: { readonly address: string; readonly isDialer: boolean };
  #generation: '2' | '3' | undefined;
  #version: ZmtpVersion = '3.1';
  #mechanism: Mechanism | undefined;
  /** A step is being judged elsewhere: the peer has to wait for it. */
  #isJudging = false;
  #isGreeted = false;
  #isOver = false;

  constructor(setup: HandshakeSetup, peer: { address: string; isDialer: boolean }, events: HandshakeEvents) {
    this.#setup = setup;
    this.#peer = peer;
    this.#events = events;
  }

  start(): void {
    this.#events.send(this.#greeting().subarray(0, OPENING_SIZE));
  }

  stop(): void {
    this.#isOver = true;
  }

  /** Octets of the greeting; returns how many of them it took. Throws the `ZmtpError` that ends the connection. */
  push(chunk: Uint8Array): number {
    if (this.#isGreeted) return 0;
    const taken = this.#reader.push(chunk);
    if (this.#generation === undefined) this.#answer();
    const { greeting } = this.#reader;
    if (greeting === undefined) return taken;
    this.#isGreeted = true;
    this.#version = greeting.version;
    if (greeting.version === '2.0') {
      const { socketType, identity } = greeting;
      this.#letIn({ version: '2.0', socketType, identity, metadata: new Map(), userId: null }, []);
      return taken;
    }
    const { mechanism, isServer } = this.#setup.security;
    if (greeting.mechanism !== mechanism)
      throw new ZmtpError('MECHANISM_MISMATCH', `${greeting.mechanism} instead of ${mechanism}`);
    if (greeting.isServer && isServer) throw new ZmtpError('MECHANISM_MISMATCH', 'both ends are its server');
    this.#mechanism = this.#setup.security.create(this.#peer, this.#properties());
    this.#sendAll(this.#mechanism.start());
    return taken;
  }

  /** A command frame. Throws the `ZmtpError` that ends the connection. */
  command(body: Uint8Array): void {
    const command = decodeCommand(body);
    if (command.name === 'ERROR') throw new ZmtpError('REFUSED_BY_PEER', decodeErrorReason(command.data));
    if (this.#mechanism === undefined || this.#isJudging)
      throw new ZmtpError('BAD_HANDSHAKE', `${command.name} out of turn`);
    const step = this.#mechanism.receive(command);
    if (!(step instanceof Promise)) return this.#take(step);
    this.#isJudging = true;
    step
      .then((late) => {
        this.#isJudging = false;
        if (!this.#isOver) this.#take(late);
      })
      .catch((error: unknown) => {
        if (!(error instanceof ZmtpError)) throw error;
        if (!this.#isOver) this.#events.failed(error);
      });
  }

  /** Sends the second half of what this end has to say first, once it is known to whom. */
  #answer(): void {
    this.#generation = this.#reader.generation;
    if (this.#generation === '3') return this.#events.send(this.#greeting().subarray(OPENING_SIZE));
    if (this.#generation === undefined) return;
    const { socketType, identity, security } = this.#setup;
    if (!security.isOpen) throw new ZmtpError('MECHANISM_MISMATCH', `ZMTP 2.0 has no ${security.mechanism}`);
    this.#events.send(encodeTail20(socketTypeTo20(socketType), hasIdentity(socketType) ? identity : EMPTY));
  }

  #take(step: MechanismStep): void {
    if (step.type === 'continue') return this.#sendAll(step.send);
    if (step.type === 'refused') {
      this.#events.send(encodeError(step.reason));
      throw new ZmtpError('AUTHENTICATION_FAILED', step.reason);
    }
    const { metadata, userId } = step;
    const socketType = latin1Of(metadata.get('socket-type') ?? EMPTY);
    const identity = hasIdentity(socketType) ? (metadata.get('identity') ?? EMPTY) : EMPTY;
    this.#letIn({ version: this.#version, socketType, identity, metadata, userId }, step.send);
  }

  #letIn(peer: KnownPeer, send: readonly Uint8Array[]): void {
    if (!isLegalPeer(this.#setup.socketType, peer.socketType)) {
      if (peer.version !== '2.0') this.#events.send(encodeError('Invalid socket type'));
      const name = peer.socketType.replaceAll(/[^\x20-\x7e]/g, '?');
      throw new ZmtpError('INCOMPATIBLE_SOCKET', `${name.slice(0, 20)} with ${this.#setup.socketType}`);
    }
    if (peer.identity.length > 255) throw new ZmtpError('BAD_HANDSHAKE', 'an identity of more than 255 bytes');
    const refusal = this.#events.admit(peer);
    if (refusal !== null) throw refusal;
    this.#sendAll(send);
    this.#isOver = true;
    this.#events.done(peer);
  }

  #sendAll(commands: readonly Uint8Array[]): void {
    if (commands.length > 0) this.#events.send(commands.length === 1 ? commands[0]! : concat(commands));
  }

  #greeting(): Uint8Array {
    return encodeGreeting(this.#setup.security.mechanism, this.#setup.security.isServer);
  }

  #properties(): Uint8Array {
    const { socketType, identity, properties } = this.#setup;
    const all: [string, Uint8Array][] = [['Socket-Type', latin1(socketType)]];
    if (hasIdentity(socketType)) all.push(['Identity', identity]);
    return encodeMetadata([...all, ...properties]);
  }
}
