// What the conformance suite is built from: a recorder behind the transport, and plain DEALER sockets in front of it.
// Whatever a test opens is closed by `closeAll`, in the end also the transport.

import { connect, type Socket as TcpSocket } from 'node:net';
import { Dealer } from 'zeromq';
import type { PeerId } from '../../domain/ids.ts';
import { eventually } from '../../testing/eventually.ts';
import type { Frames, SendResult, Transport, TransportFault, TransportHandlers } from '../transport.ts';

/** The bounds that the suite needs to reach in a test. */
export interface ConformanceSettings {
  readonly address: string;
  readonly frameBytesMax: number;
  readonly backlogBytesMax: number;
  /** Messages that the transport's own machinery may hold per peer before its backlog begins. */
  readonly sendHighWaterMark: number;
}

export type TransportFactory = (settings: ConformanceSettings) => Transport;

export const SETTINGS: ConformanceSettings = {
  address: 'tcp://127.0.0.1:*',
  frameBytesMax: 16 * 1024 * 1024,
  backlogBytesMax: 1024 * 1024,
  sendHighWaterMark: 16,
};

export const bytes = (text: string): Buffer => Buffer.from(text);
export const text = (frame: Uint8Array | undefined): string => Buffer.from(frame ?? []).toString();

/** Keeps everything that the transport says, by peer. */
export class Recorder implements TransportHandlers {
  readonly messages = new Map<PeerId, Frames[]>();
  readonly gone: PeerId[] = [];
  readonly drained: PeerId[] = [];
  readonly faults: { readonly peer: PeerId | null; readonly fault: TransportFault; messages: number }[] = [];
  /** Batches that were handed over and not yet closed by `onIdle`. */
  batchesOpen = 0;
  emptyBatches = 0;
  idles = 0;
  reply: ((peer: PeerId, message: Frames) => void) | undefined;

  onBatch(peer: PeerId, messages: readonly Frames[]): void {
    this.batchesOpen += 1;
    if (messages.length === 0) this.emptyBatches += 1;
    const known = this.messages.get(peer) ?? [];
    known.push(...messages);
    this.messages.set(peer, known);
    if (this.reply !== undefined) for (const message of messages) this.reply(peer, message);
  }

  onIdle(): void {
    this.idles += 1;
    this.batchesOpen = 0;
  }

  onPeerGone(peer: PeerId): void {
    this.gone.push(peer);
  }

  onDrain(peer: PeerId): void {
    this.drained.push(peer);
  }

  onFault(peer: PeerId | null, fault: TransportFault, _detail: string, messages: number): void {
    this.faults.push({ peer, fault, messages });
  }

  from(peer: PeerId): Frames[] {
    return this.messages.get(peer) ?? [];
  }

  lostBy(peer: PeerId): number {
    return this.faults
      .filter((entry) => entry.peer === peer && entry.fault === 'send-lost')
      .reduce((sum, { messages }) => sum + messages, 0);
  }
}

export class World {
  readonly recorder = new Recorder();
  readonly transport: Transport;
  readonly #dealers = new Set<Dealer>();
  readonly #tcp = new Set<TcpSocket>();

  private constructor(transport: Transport) {
    this.transport = transport;
  }

  static async open(factory: TransportFactory, settings: Partial<ConformanceSettings> = {}): Promise<World> {
    const world = new World(factory({ ...SETTINGS, ...settings }));
    await world.transport.listen(world.recorder);
    return world;
  }

  dealer(options: { readonly routingId?: string; readonly receiveHighWaterMark?: number } = {}): Dealer {
    const dealer = new Dealer({ linger: 0, ...options });
    dealer.connect(this.transport.address);
    this.#dealers.add(dealer);
    return dealer;
  }

  /** A dealer that has said `name`, and the number under which the transport knows it. */
  async peer(name: string, options: Parameters<World['dealer']>[0] = {}): Promise<{ dealer: Dealer; peer: PeerId }> {
    const dealer = this.dealer(options);
    await dealer.send(name);
    const peer = await eventually(`"${name}" arrives`, () => this.peerThatSaid(name));
    return { dealer, peer };
  }

  peerThatSaid(name: string): PeerId | undefined {
    for (const [peer, messages] of this.recorder.messages) {
      if (messages.some((message) => text(message[0]) === name)) return peer;
    }
    return undefined;
  }

  /** Fails unless this peer can still speak and be spoken to. */
  async expectAlive(dealer: Dealer, peer: PeerId, word: string): Promise<void> {
    await dealer.send(word);
    await eventually(`"${word}" arrives from an untouched peer`, () =>
      this.recorder.from(peer).some((message) => text(message[0]) === word),
    );
    const result: SendResult = this.transport.send(peer, [bytes(`re: ${word}`)]);
    if (result !== 'accepted') throw new Error(`an untouched peer was said to be ${result}`);
    const [answer] = await dealer.receive();
    if (text(answer) !== `re: ${word}`) throw new Error(`an untouched peer got "${text(answer)}"`);
  }

  /** A bare TCP connection to the transport's port. */
  tcp(): Promise<TcpSocket> {
    const { port } = new URL(this.transport.address.replace(/^tcp:/, 'http:'));
    return new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port: Number(port) });
      this.#tcp.add(socket);
      // The transport may hang up on garbage at any time: that is not the test's failure.
      socket.on('error', () => {});
      socket.once('connect', () => resolve(socket));
    });
  }

  hangUp(dealer: Dealer): void {
    this.#dealers.delete(dealer);
    dealer.close();
  }

  async closeAll(): Promise<void> {
    for (const socket of this.#tcp) socket.destroy();
    for (const dealer of this.#dealers) dealer.close();
    await this.transport.close(0);
  }
}
