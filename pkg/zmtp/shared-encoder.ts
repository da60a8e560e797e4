// Messages encoded once for any number of peers, one behind the other in a buffer that is only ever appended to: what
// lies in it never changes, so each peer's queue can point into it.

import { encodeFrame } from './frame-encoder.ts';

const BUFFER_BYTES = 64 * 1024;

export class SharedEncoder {
  buffer: Uint8Array = Buffer.allocUnsafeSlow(0);
  /** Of the message encoded last. */
  start = 0;
  end = 0;

  /** `size`: of the message on the wire. */
  encode(frames: readonly Uint8Array[], size: number): void {
    if (this.end + size > this.buffer.length) {
      this.buffer = Buffer.allocUnsafeSlow(Math.max(BUFFER_BYTES, size));
      this.end = 0;
    }
    this.start = this.end;
    const last = frames.length - 1;
    for (let index = 0; index <= last; index += 1)
      this.end = encodeFrame(this.buffer, this.end, frames[index]!, index < last);
  }
}
