// Memory into which short frames are put together, used again once its bytes are with the kernel.
// Invariant: a slab is either here or with exactly one batch; what the pool keeps is bounded.

/** Large enough for the longest thing that is copied whole, small enough for ten thousand peers that wait. */
export const SLAB_BYTES = 8 * 1024;
/** For peers that get much in one turn. */
export const SLAB_BYTES_MAX = 64 * 1024;

const KEPT_MAX = 64;

export class SlabPool {
  readonly #small: Buffer[] = [];
  readonly #large: Buffer[] = [];

  take(isLarge: boolean): Buffer {
    const kept = isLarge ? this.#large : this.#small;
    return kept.pop() ?? Buffer.allocUnsafeSlow(isLarge ? SLAB_BYTES_MAX : SLAB_BYTES);
  }

  give(slab: Buffer): void {
    const kept = slab.length === SLAB_BYTES_MAX ? this.#large : this.#small;
    if (kept.length < KEPT_MAX) kept.push(slab);
  }
}
