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

/** The head in a line of text, or null. */
export function readHead(text: string): AuditHead | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const head = value as Record<string, unknown>;
  const sound =
    Number.isSafeInteger(head['size']) &&
    ['head', 'at', 'key', 'signature'].every((name) => typeof head[name] === 'string');
  return sound ? (value as AuditHead) : null;
}
