// Bodies on their way out, made plain: large ones in the sidecar. What was accepted is delivered, so where the sidecar
// fails it is done here, also where FASTPATH_REQUIRE is on: that rule is for what comes in.

import { COMPRESSION_LZ4 } from '../../pkg/protocol/block.ts';
import type { Decompress, Unpack } from '../usecase/ports/unpack.ts';
import { codecOf } from './codecs.ts';
import type { FastPath } from './fast-path.ts';

/** Larger ones are made plain one at a time, with turns of the loop in between. */
const HERE_BYTES_MAX = 128 * 1024;

export function unpackBy(fastPath: FastPath | undefined, here: Decompress, sizeMax: number): Unpack {
  const codec = codecOf(COMPRESSION_LZ4);
  return {
    here,
    away: (packed) => {
      const size = codec?.declaredSize(packed) ?? 0;
      if (codec === null || size <= HERE_BYTES_MAX || size > sizeMax) return null;
      if (fastPath?.isOffLoop(size) !== true)
        return new Promise((resolve) => setImmediate(() => resolve(here(packed))));
      return fastPath
        .decompress(codec, packed, sizeMax)
        .then((plain) => (plain instanceof Uint8Array ? plain : here(packed)));
    },
  };
}
