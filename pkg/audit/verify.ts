// Goes through an audit log from its first line and says where it stops being one chain. Memory is one line and the
// heads to be met; a log of any length can be verified.

import type { AuditHead } from './head.ts';
import { isSignedBy } from './head.ts';
import { GENESIS, hashOf, idOf, readLine } from './line.ts';

export type AuditFault =
  | 'unreadable_line'
  | 'altered_line'
  | 'missing_or_moved_line'
  | 'bad_signature'
  | 'truncated'
  | 'replaced';

export interface AuditVerdict {
  readonly ok: boolean;
  readonly entries: number;
  readonly head: string;
  /** Heads that were met. */
  readonly heads: number;
  readonly fault: AuditFault | null;
  /** The number of the line at which it shows; 0: none. */
  readonly at: number;
  readonly detail: string;
}

export interface VerifyOptions {
  /** Signed heads, in any order; each must be met by the log. */
  readonly heads: readonly AuditHead[];
  /** SPKI, PEM: whoever signed the heads. */
  readonly publicPem: string | null;
}

export async function verifyAudit(lines: AsyncIterable<string>, options: VerifyOptions): Promise<AuditVerdict> {
  let previous = GENESIS;
  let entries = 0;
  let met = 0;
  const fail = (fault: AuditFault, at: number, detail: string): AuditVerdict => ({
    ok: false,
    entries,
    head: previous,
    heads: met,
    fault,
    at,
    detail,
  });
  const heads = options.heads.toSorted((a, b) => a.size - b.size);
  for (const head of heads) {
    if (options.publicPem !== null && isSignedBy(options.publicPem, head)) continue;
    return fail('bad_signature', head.size, `the head of ${head.size} lines is not signed by this key`);
  }
  const meet = (): AuditVerdict | null => {
    for (let next = heads[met]; next !== undefined && next.size <= entries; next = heads[met]) {
      if (next.size === entries && next.head !== previous) {
        return fail('replaced', entries, `line ${entries} is not the one that was signed on ${next.at}`);
      }
      met += 1;
    }
    return null;
  };
  for await (const text of lines) {
    const line = readLine(text);
    const number = entries + 1;
    if (line === null) return fail('unreadable_line', number, `line ${number} is no entry of an audit log`);
    if (line.number !== number || line.prev_hash !== previous) {
      return fail('missing_or_moved_line', number, `entry ${line.number} stands where entry ${number} should follow`);
    }
    if (hashOf(line, previous) !== line.hash || idOf(line.hash) !== line.event_id) {
      return fail('altered_line', number, `entry ${number} was altered: its hash is another`);
    }
    previous = line.hash;
    entries = number;
    const replaced = meet();
    if (replaced !== null) return replaced;
  }
  const owed = heads.at(-1);
  if (owed !== undefined && owed.size > entries) {
    return fail('truncated', entries, `${owed.size} entries were signed on ${owed.at}, ${entries} are there`);
  }
  return { ok: true, entries, head: previous, heads: met, fault: null, at: 0, detail: '' };
}
