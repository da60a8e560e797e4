// A reply is one control message, so a page is bounded in bytes too: as many of its items as fit, and at least one.

import { textLength } from '../../../pkg/protocol/bytes.ts';
import { CONTROL_BYTES_MAX } from '../../../pkg/protocol/limits.ts';

/** For the items of a page; the rest of the message is left for what stands around them. */
export const PAGE_BYTES_MAX = CONTROL_BYTES_MAX - 16 * 1024;

/** How many of the items, from the first, fit into `bytesMax` as JSON. */
export function fitting(items: readonly object[], bytesMax = PAGE_BYTES_MAX): number {
  let left = bytesMax;
  let count = 0;
  for (const item of items) {
    left -= textLength(JSON.stringify(item)) + 1;
    if (left < 0 && count > 0) break;
    count += 1;
  }
  return count;
}
