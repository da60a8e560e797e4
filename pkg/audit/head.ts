// Signed heads: how long the log was, and what its last hash was, at some time. A chain alone cannot show that its end
// was cut off or that an older copy was put back; a head that was kept elsewhere can.

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

export interface AuditHead {
  /** Lines of the log. */
  readonly size: number;
  /** Hash of the last one. */
  readonly head: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** SHA-256 of the public key (SPKI, DER), the first 16 hex digits. */
  readonly key: string;
  /** Ed25519 over the JSON of the fields above, in base64. */
  readonly signature: string;
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

/** SHA-256 of the public key, cut. */
export const keyName = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);

const covered = (size: number, head: string, at: string, key: string): Buffer =>
  Buffer.from(JSON.stringify({ size, head, at, key }));

export function signHead(privatePem: string, size: number, head: string, at: string): AuditHead {
  const privateKey = createPrivateKey(privatePem);
  const key = keyName(createPublicKey(privateKey));
  return { size, head, at, key, signature: sign(null, covered(size, head, at, key), privateKey).toString('base64') };
}

export function isSignedBy(publicPem: string, { size, head, at, key, signature }: AuditHead): boolean {
  return verify(null, covered(size, head, at, key), createPublicKey(publicPem), Buffer.from(signature, 'base64'));
}

/** The head in a line of text, or null. Says nothing about its signature. */
export function readHead(text: string): AuditHead | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { size, head, at, key, signature } = value as AuditHead;
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
