// What heads and floors have in common: fields in a fixed order, the name of the key, and an Ed25519 signature over both.

import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

export interface Seal {
  /** SHA-256 of the public key (SPKI, DER), the first 16 hex digits. */
  readonly key: string;
  /** Ed25519 over the JSON of the fields and the key, in base64. */
  readonly signature: string;
}

const covered = (fields: object, key: string): Buffer => Buffer.from(JSON.stringify({ ...fields, key }));

const nameOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);

/** The order of the fields counts. */
export function seal(privatePem: string, fields: object): Seal {
  const privateKey = createPrivateKey(privatePem);
  const key = nameOf(createPublicKey(privateKey));
  return { key, signature: sign(null, covered(fields, key), privateKey).toString('base64') };
}

export const isSealed = (publicPem: string, fields: object, { key, signature }: Seal): boolean =>
  verify(null, covered(fields, key), createPublicKey(publicPem), Buffer.from(signature, 'base64'));
