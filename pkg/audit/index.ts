// The audit log as files: written by the broker, verified by anyone who has them.

export { type AuditHead, isSignedBy, newSigningKey, publicPemOf, readHead, type SigningKey, signHead } from './head.ts';
export { type AuditFields, type AuditLine, GENESIS, hashOf, idOf, readLine, writeLine } from './line.ts';
export { type AuditFault, type AuditVerdict, type VerifyOptions, verifyAudit } from './verify.ts';
