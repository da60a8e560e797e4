// The audit log as files: written by the broker, verified by anyone who has them.

export { type AuditFloor, type FloorFields, isFloorSignedBy, readFloor, signFloor } from './floor.ts';
export {
  type AuditHead,
  isMarkAsWritten,
  newSigningKey,
  publicPemOf,
  readHead,
  type SigningKey,
  signHead,
} from './head.ts';
export { type AuditFields, type AuditLine, GENESIS, hashOf, isAsWritten, readLine, textOf, writeLine } from './line.ts';
export { type AuditVerdict, type VerifyOptions, verifyAudit } from './verify.ts';
