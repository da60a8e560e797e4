// The signed floor: up to which entry retention has removed the log, and what that entry's hash was. It is what tells a
// log whose beginning was removed by rule from one whose beginning somebody took away.
//
// What is signed begins with another field than a head, so that neither can ever be taken for the other: every head
// would otherwise be leave to remove what is before it.

import { objectIn } from './object-in.ts';
import { isSealed, type Seal, seal } from './signing.ts';

export interface AuditFloor extends Seal {
  /** Entries up to this one were removed. */
  readonly removed: number;
  /** Hash of that entry: what the first entry that was kept follows. */
  readonly hash: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** The bound that was met. */
  readonly reason: string;
}

export type FloorFields = Omit<AuditFloor, keyof Seal>;

export function signFloor(privatePem: string, { removed, hash, at, reason }: FloorFields): AuditFloor {
  const fields = { removed, hash, at, reason };
  return { ...fields, ...seal(privatePem, fields) };
}

export const isFloorSignedBy = (publicPem: string, { removed, hash, at, reason, ...mark }: AuditFloor): boolean =>
  isSealed(publicPem, { removed, hash, at, reason }, mark);

/** The floor in a line of text, or null. Says nothing about its signature. */
export function readFloor(text: string): AuditFloor | null {
  const { removed, hash, at, reason, key, signature } = (objectIn(text) ?? {}) as unknown as AuditFloor;
  const isSound =
    Number.isSafeInteger(removed) &&
    removed > 0 &&
    [hash, at, reason, key, signature].every((field) => typeof field === 'string');
  return isSound ? { removed, hash, at, reason, key, signature } : null;
}
