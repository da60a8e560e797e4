// Bytes and the few texts of the protocol, which are all ASCII.

export const EMPTY = new Uint8Array(0);

/** The bytes as a Buffer over the same memory. */
export const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

export const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** One character for each byte: texts of the protocol, and keys of maps by bytes. */
export const latin1Of = (bytes: Uint8Array): string => bufferOf(bytes).toString('latin1');

export const concat = (parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);
