// One line of the audit log, and the chain: each line holds the hash of the one before it. The hash covers everything
// but `event_id` and itself, as JSON with its fields in the order below; the id is made of the hash.
//
// Invariant: an entry has one text, and a line with any other is not as it was written, whatever it says when it is parsed:
// fields that the hash does not cover, a field named twice, other spaces or escapes. JSON that was written once comes out
// the same when it is read and written again, so this holds for every line that a broker ever wrote.

import { createHash } from 'node:crypto';
import { objectIn } from './object-in.ts';

export interface AuditFields {
  /** From 1, without gaps. */
  readonly number: number;
  readonly actor: string;
  /** RFC 3339, UTC. */
  readonly timestamp: string;
  readonly operation: string;
  /** `done`, or the code of the refusal. */
  readonly outcome: string;
  readonly target_message_ids: readonly string[];
  readonly requested_reason: string;
  /** The request that asked for it, where it came with an id: the same as in the log of the gateway. */
  readonly request_id?: string;
  readonly prior_state: readonly Readonly<Record<string, unknown>>[];
  readonly resulting_state: readonly Readonly<Record<string, unknown>>[];
  /** Where in the journal the action stands, and which of that group's actions it is, from 0. */
  readonly position: number;
  readonly index: number;
}

export interface AuditLine extends AuditFields {
  readonly event_id: string;
  readonly prev_hash: string;
  readonly hash: string;
}

/** What the first line follows. */
export const GENESIS = '0'.repeat(64);

const FIELDS = [
  'number',
  'actor',
  'timestamp',
  'operation',
  'outcome',
  'target_message_ids',
  'requested_reason',
  'request_id',
  'prior_state',
  'resulting_state',
  'position',
  'index',
] as const satisfies readonly (keyof AuditFields)[];

/** What the hash covers, as text. */
function coveredBy(fields: AuditFields, previous: string): string {
  const covered = Object.fromEntries(FIELDS.map((name) => [name, fields[name]]));
  return JSON.stringify({ ...covered, prev_hash: previous });
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** SHA-256 in hex of the line without `event_id` and `hash`. */
export const hashOf = (fields: AuditFields, previous: string): string => sha256(coveredBy(fields, previous));

/** The next line of the chain, without its end of line. */
export function writeLine(fields: AuditFields, previous: string): { readonly text: string; readonly hash: string } {
  const covered = coveredBy(fields, previous);
  const hash = sha256(covered);
  return { text: `{"event_id":"audit_${hash.slice(0, 16)}",${covered.slice(1, -1)},"hash":"${hash}"}`, hash };
}

/** Whether this is, to the letter, what was written for the entry that the text is read as. */
export const isAsWritten = (text: string, line: AuditLine): boolean => writeLine(line, line.prev_hash).text === text;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of bytes; null for bytes that are none, which would read as the same text as others do. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** The line, or null when the text is none. Says nothing about its hash, or whether it is as it was written. */
export function readLine(text: string): AuditLine | null {
  const value = objectIn(text);
  return value !== null && isLine(value) ? value : null;
}

function isLine(value: Record<string, unknown>): value is Record<string, unknown> & AuditLine {
  const texts = ['event_id', 'actor', 'timestamp', 'operation', 'outcome', 'requested_reason', 'prev_hash', 'hash'];
  return (
    texts.every((name) => typeof value[name] === 'string') &&
    ['string', 'undefined'].includes(typeof value['request_id']) &&
    ['number', 'position', 'index'].every((name) => Number.isSafeInteger(value[name])) &&
    ['target_message_ids', 'prior_state', 'resulting_state'].every((name) => Array.isArray(value[name]))
  );
}
