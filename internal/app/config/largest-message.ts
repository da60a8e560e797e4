// Which segment takes which message, so that a message of the largest size is always accepted, and never waits for room
// that cannot come. The worst case: the segment in use is full to the last sector, one empty spare is behind it, and a
// quarter of both is the reserve. Nothing prepares a further segment before the spare is begun, so there the message
// must find room. About half of a segment is what that leaves, and all but 16 MiB of a large one.

import { BLOCK_HEAD_BYTES } from '../../../pkg/protocol/block.ts';
import { ATTRIBUTES_BYTES_MAX, MESSAGE_ID_BYTES_MAX } from '../../../pkg/protocol/limits.ts';
import { TOPIC_BYTES_MAX } from '../../../pkg/protocol/topic.ts';
import { groupBytesMax, SECTOR_BYTES } from '../../repository/journal/format/layout.ts';
import { reserveBytes } from '../../repository/journal/room-gauge.ts';
import { LONE_MARGIN_BYTES } from '../../usecase/publish-intake.ts';

/** What a block holds beside the body, at most. */
export const LARGEST_HEAD_BYTES: number =
  BLOCK_HEAD_BYTES + TOPIC_BYTES_MAX + MESSAGE_ID_BYTES_MAX + ATTRIBUTES_BYTES_MAX;

/** The largest body that segments of this size always take; negative where they take no message of full head. */
export function largestBodyIn(segmentBytes: number): number {
  const whole = segmentBytes - (segmentBytes % SECTOR_BYTES);
  return groupBytesMax(whole) - reserveBytes(2 * whole) - LONE_MARGIN_BYTES - LARGEST_HEAD_BYTES;
}

/** The smallest segment that always takes a body of this size. */
export function smallestSegmentFor(bodyBytes: number): number {
  // A larger segment never takes less.
  let low = 1;
  let high = 2;
  while (largestBodyIn(high * SECTOR_BYTES) < bodyBytes) high *= 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (largestBodyIn(middle * SECTOR_BYTES) < bodyBytes) low = middle + 1;
    else high = middle;
  }
  return low * SECTOR_BYTES;
}
