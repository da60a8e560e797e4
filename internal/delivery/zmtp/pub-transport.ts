// The PUB side over `pkg/zmtp`: fire and forget. A message is encoded once for all that asked for it; the subscriber that
// falls behind its bound misses messages, and neither it nor anybody else holds up the publisher.

import { Pub } from '../../../pkg/zmtp/index.ts';
import type { FanoutTransport, Frames } from '../transport.ts';
import { bindZmtp } from './bind.ts';

export interface ZmtpPubOptions {
  readonly address: string;
  /** Messages that one subscriber may have waiting here, beyond what the kernel holds for it. */
  readonly sendHighWaterMark?: number;
  /** … and their bytes. */
  readonly backlogBytesMax?: number;
}

/** More than one turn can publish: otherwise a burst would be missed also by those who keep up. */
const HIGH_WATER_MARK = 65_536;
const BACKLOG_BYTES_MAX = 32 * 1024 * 1024;

export class ZmtpPubTransport implements FanoutTransport {
  readonly #options: Required<ZmtpPubOptions>;
  #address: string;
  #pub: Pub | undefined;

  constructor(options: ZmtpPubOptions) {
    this.#options = { sendHighWaterMark: HIGH_WATER_MARK, backlogBytesMax: BACKLOG_BYTES_MAX, ...options };
    this.#address = options.address;
  }

  get address(): string {
    return this.#address;
  }

  get missed(): number {
    return this.#pub?.dropped ?? 0;
  }

  async listen(): Promise<void> {
    const { address, sendHighWaterMark, backlogBytesMax } = this.#options;
    const limits = { queueMessagesMax: sendHighWaterMark, queueBytesMax: backlogBytesMax };
    const pub = new Pub({}, { limits });
    this.#address = await bindZmtp(pub, address);
    this.#pub = pub;
  }

  publish(frames: Frames): boolean {
    if (this.#pub === undefined) return false;
    this.#pub.publish(frames);
    return true;
  }

  publishAll(messages: readonly Frames[]): void {
    this.#pub?.publishAll(messages);
  }

  async close(lingerMs: number): Promise<void> {
    const pub = this.#pub;
    this.#pub = undefined;
    await pub?.close(lingerMs);
  }
}
