// A delivered body as its producer meant it: compressed ones travel as they are, and are opened here.

import type { Delivery } from '../../../pkg/client/consume/delivery.ts';
import { decompressBlockLE } from '../../../pkg/encoding/lz4.ts';
import { BODY_BYTES_MAX } from '../../../pkg/protocol/limits.ts';

/** What does not decompress is shown as it came. */
export function plainBody({ body, compression }: Delivery): Uint8Array {
  if (compression === 0) return body;
  const plain = decompressBlockLE(body, BODY_BYTES_MAX);
  return plain instanceof Uint8Array ? plain : body;
}
