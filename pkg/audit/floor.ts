// The signed floor: up to which entry retention has removed the log, and what that entry's hash was. It is what tells a
// log whose beginning was removed by rule from one whose beginning somebody took away.
//
// What is signed begins with another field than a head, so that neither can ever be taken for the other: every head
// would otherwise be leave to remove what is before it.

import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { keyName } from './head.ts';

export interface AuditFloor {
  /** Entries up to this one were removed. */
  readonly removed: number;
  /** Hash of that entry: what the first entry that was kept follows. */
  readonly hash: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** The bound that was met. */
  readonly reason: string;
  /** As in a head. */
  readonly key: string;
  /** Ed25519 over the JSON of the fields above, in base64. */
  readonly signature: string;
}

export type FloorFields = Omit<AuditFloor, 'key' | 'signature'>;

const covered = ({ removed, hash, at, reason }: FloorFields, key: string): Buffer =>
  Buffer.from(JSON.stringify({ removed, hash, at, reason, key }));

export function signFloor(privatePem: string, { removed, hash, at, reason }: FloorFields): AuditFloor {
  const privateKey = createPrivateKey(privatePem);
  const key = keyName(createPublicKey(privateKey));
  const signature = sign(null, covered({ removed, hash, at, reason }, key), privateKey).toString('base64');
  return { removed, hash, at, reason, key, signature };
}

export function isFloorSignedBy(publicPem: string, floor: AuditFloor): boolean {
  const signature = Buffer.from(floor.signature, 'base64');
  return verify(null, covered(floor, floor.key), createPublicKey(publicPem), signature);
}

/** The floor in a line of text, or null. Says nothing about its signature. */
export function readFloor(text: string): AuditFloor | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { removed, hash, at, reason, key, signature } = value as AuditFloor;
  const isSound =
    Number.isSafeInteger(removed) &&
    removed > 0 &&
    [hash, at, reason, key, signature].every((field) => typeof field === 'string');
  return isSound ? { removed, hash, at, reason, key, signature } : null;
}
