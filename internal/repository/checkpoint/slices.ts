// Cuts a list of parts into slices of one size, whatever the parts' own: few small writes, none long enough to be felt.

/** Each slice stands in the same buffer: it is valid until the next one is asked for. */
export function* slices(parts: readonly Uint8Array[], sliceBytes: number): Generator<Uint8Array, void> {
  const buffer = new Uint8Array(sliceBytes);
  let filled = 0;
  for (const part of parts) {
    for (let from = 0; from < part.length; ) {
      const piece = part.subarray(from, from + sliceBytes - filled);
      buffer.set(piece, filled);
      filled += piece.length;
      from += piece.length;
      if (filled === sliceBytes) {
        yield buffer;
        filled = 0;
      }
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}
