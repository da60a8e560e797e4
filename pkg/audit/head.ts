// Signed heads: how long the log was, and what its last hash was, at some time. A chain alone cannot show that its end
// was cut off or that an older copy was put back; a head that was kept elsewhere can.

import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { objectIn } from './object-in.ts';
import { isSealed, type Seal, seal } from './signing.ts';

export interface AuditHead extends Seal {
  /** Lines of the log. */
  readonly size: number;
  /** Hash of the last one. */
  readonly head: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

export interface SigningKey {
  /** PKCS #8, PEM. */
  readonly privatePem: string;
  /** SPKI, PEM. */
  readonly publicPem: string;
}

export function newSigningKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

export function publicPemOf(privatePem: string): string {
  return createPublicKey(createPrivateKey(privatePem)).export({ type: 'spki', format: 'pem' }).toString();
}

export function signHead(privatePem: string, size: number, head: string, at: string): AuditHead {
  const fields = { size, head, at };
  return { ...fields, ...seal(privatePem, fields) };
}

export const isSignedBy = (publicPem: string, { size, head, at, ...mark }: AuditHead): boolean =>
  isSealed(publicPem, { size, head, at }, mark);

/** The head in a line of text, or null. Says nothing about its signature. */
export function readHead(text: string): AuditHead | null {
  const { size, head, at, key, signature } = (objectIn(text) ?? {}) as unknown as AuditHead;
  const isSound = Number.isSafeInteger(size) && [head, at, key, signature].every((field) => typeof field === 'string');
  return isSound ? { size, head, at, key, signature } : null;
}

/**
 * Whether this is, to the letter, what was written for a head or a floor that the text is read as. Whoever keeps them
 * elsewhere may spell them as he likes; what lies beside the log is as the broker wrote it.
 */
export function isMarkAsWritten(text: string, mark: { readonly signature: string }): boolean {
  const { signature } = mark;
  return JSON.stringify(mark) === text && Buffer.from(signature, 'base64').toString('base64') === signature;
}
