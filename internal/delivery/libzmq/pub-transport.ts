// The PUB side over libzmq: fire and forget. Each subscriber has a queue of its own inside libzmq; the one that falls
// behind by more than the high-water mark misses messages, and neither it nor anybody else holds up the publisher.

import { Publisher } from 'zeromq';
import { bindClearly } from '../endpoint/bind.ts';
import type { FanoutTransport, Frames } from '../transport.ts';
import { type LibzmqSocketLimits, SOCKET_LIMITS, socketOptions } from './socket-options.ts';
import { SocketWatch } from './socket-watch.ts';

export interface PubTransportOptions extends Partial<LibzmqSocketLimits> {
  readonly address: string;
}

/**
 * Messages held for a subscriber that reads slower than they come. More than one turn can publish: otherwise a burst
 * would be missed also by those who keep up.
 */
const PUB_HIGH_WATER_MARK = 10_000;

/** A send that fails later concerns nobody: this side promises nothing. */
const ignoreLoss = (): void => {};

export class PubTransport implements FanoutTransport {
  readonly #options: PubTransportOptions & LibzmqSocketLimits;
  #address: string;
  #socket: Publisher | undefined;
  #watch: SocketWatch | undefined;

  constructor(options: PubTransportOptions) {
    this.#options = { ...SOCKET_LIMITS, sendHighWaterMark: PUB_HIGH_WATER_MARK, ...options };
    this.#address = options.address;
  }

  get address(): string {
    return this.#address;
  }

  async listen(): Promise<void> {
    const socket = new Publisher({ ...socketOptions(this.#options, this.#options.address), noDrop: false });
    const watch = new SocketWatch(socket, () => {});
    try {
      this.#address = await bindClearly(socket, this.#options.address);
    } catch (error) {
      await watch.close(0);
      throw error;
    }
    this.#socket = socket;
    this.#watch = watch;
  }

  publish(frames: Frames): boolean {
    if (this.#socket === undefined) return false;
    try {
      this.#socket.send(frames as Buffer[]).catch(ignoreLoss);
      return true;
    } catch {
      return false;
    }
  }

  async close(lingerMs: number): Promise<void> {
    const watch = this.#watch;
    this.#socket = undefined;
    this.#watch = undefined;
    await watch?.close(lingerMs);
  }
}
