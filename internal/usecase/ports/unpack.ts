// How compressed bodies are made plain for those who asked for plain ones.

/** Null where the bytes are damaged: the body then leaves as it is, and says so. */
export type Decompress = (bytes: Uint8Array) => Uint8Array | null;

export interface Unpack {
  readonly here: Decompress;
  /** Elsewhere, where a large body may take its time; null: it is one to be done here. Never rejects. */
  readonly away: (bytes: Uint8Array) => Promise<Uint8Array | null> | null;
}
