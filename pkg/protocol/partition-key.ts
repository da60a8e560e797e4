// A message's place beside the order of acceptance, as its producer says it: `priority`, the name of a class, and `partition_key`,
// as attributes or as headers of the same names. Never throws, whatever the attributes are.

import type { Attributes, OptionRefusal } from './attributes.ts';
import { textLength } from './bytes.ts';

export const PARTITION_KEY_BYTES_MAX = 255;

export interface SaidTraits {
  /** Empty: none. */
  readonly priority: string;
  /** The number of the key; 0: none. */
  readonly lane: number;
}

/** Null: neither, as for every message without attributes. */
export function traitsOf({ priority, partition_key, headers }: Attributes): SaidTraits | OptionRefusal | null {
  const rank = textOr(priority ?? headers?.['priority']);
  const key = textOr(partition_key ?? headers?.['partition_key']);
  if (rank === '' && key === '') return null;
  if (key.length > PARTITION_KEY_BYTES_MAX / 3 && textLength(key) > PARTITION_KEY_BYTES_MAX) {
    return { code: 'INVALID_ARGUMENT', detail: `partition_key is longer than ${PARTITION_KEY_BYTES_MAX} bytes` };
  }
  return { priority: rank, lane: key === '' ? 0 : laneNumber(key) };
}

const textOr = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';

/**
 * The number of a partition key, from 1 and below 2^53: two FNV-1a hashes over its UTF-16 code units, mixed. Stands in journals, so
 * it never changes. Two keys of one number share a lane, which costs them nothing but that they wait for each other.
 */
export function laneNumber(key: string): number {
  let a = 0x811c_9dc5;
  let b = 0x2f5d_8a3b;
  for (let i = 0; i < key.length; i += 1) {
    const unit = key.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x0100_0193);
    b = Math.imul(b ^ (unit + i), 0x85eb_ca6b);
  }
  a = mixed(a ^ (b >>> 7));
  b = mixed(b ^ (a >>> 11));
  return (a >>> 0) * 0x20_0000 + (b >>> 11) || 1;
}

/** So that keys which differ in their last letter differ everywhere. */
function mixed(value: number): number {
  let bits = value ^ (value >>> 16);
  bits = Math.imul(bits, 0x7feb_352d);
  bits ^= bits >>> 15;
  bits = Math.imul(bits, 0x846c_a68b);
  return bits ^ (bits >>> 16);
}
