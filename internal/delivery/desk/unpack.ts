// Work on bodies that may be made plain elsewhere: it stops at each of those, and goes on with it.

import type { Unpack } from '../../usecase/ports/unpack.ts';

export type Unpacking<T = void> = Generator<Promise<Uint8Array | null>, T, Uint8Array | null>;

/** The body, plain: here, or where it is worth it elsewhere. */
export function* unpacked({ here, away }: Unpack, bytes: Uint8Array): Unpacking<Uint8Array | null> {
  const coming = away(bytes);
  return coming === null ? here(bytes) : yield coming;
}
