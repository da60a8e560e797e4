// Goes through an audit log from its first line and says where it stops being one chain. Memory is one line and the
// marks to be met: signed heads, and the floor that says what retention removed. A log of any length can be verified.
//
// A log begins with entry 1, or with a later one that the signed floor leaves room for. What is below the floor and still
// there (a removal that a crash has cut) is verified by the hash of the entry at the floor, which covers all before it.

import { type AuditFloor, isFloorSignedBy } from './floor.ts';
import type { AuditHead } from './head.ts';
import { isSignedBy } from './head.ts';
import { type AuditLine, GENESIS, isAsWritten, readLine } from './line.ts';

export type AuditFault =
  | 'unreadable_line'
  | 'altered_line'
  | 'missing_or_moved_line'
  | 'bad_signature'
  | 'bad_floor'
  | 'rolled_back'
  | 'truncated'
  | 'replaced';

export interface AuditVerdict {
  readonly ok: boolean;
  /** The number of the last line. */
  readonly entries: number;
  readonly head: string;
  /** Heads that were met. */
  readonly heads: number;
  /** Entries from the first on that are not there, by a signed removal. */
  readonly removed: number;
  /** When and why, as the floor says; empty without one. */
  readonly removal: string;
  /** Heads of entries that were removed: nothing is there to compare them with. */
  readonly heads_removed: number;
  readonly fault: AuditFault | null;
  /** The number of the line at which it shows; 0: none. */
  readonly at: number;
  readonly detail: string;
}

export interface VerifyOptions {
  /** Signed heads, in any order; each must be met by the log. */
  readonly heads: readonly AuditHead[];
  /** The log's own record of what retention removed. */
  readonly floor?: AuditFloor | null;
  /** Such records that were kept elsewhere: the log's own may not be older. */
  readonly keptFloors?: readonly AuditFloor[];
  /** SPKI, PEM: whoever signed heads and floors. */
  readonly publicPem: string | null;
}

/** What the log must hold at some number. */
interface Mark {
  readonly size: number;
  readonly hash: string;
  readonly at: string;
  readonly isHead: boolean;
}

export function verifyAudit(lines: AsyncIterable<string>, options: VerifyOptions): Promise<AuditVerdict> {
  return new Verification(options).run(lines);
}

class Verification {
  readonly #options: VerifyOptions;
  readonly #floor: AuditFloor | null;
  readonly #marks: readonly Mark[];
  #next = 0;
  #previous = GENESIS;
  #entries = 0;
  #removed = 0;
  #met = 0;
  #passed = 0;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#floor = options.floor ?? null;
    const heads = options.heads.map(({ size, head, at }) => ({ size, hash: head, at, isHead: true }));
    const floors = this.#floors().map(({ removed, hash, at }) => ({ size: removed, hash, at, isHead: false }));
    this.#marks = [...heads, ...floors].sort((a, b) => a.size - b.size);
  }

  async run(lines: AsyncIterable<string>): Promise<AuditVerdict> {
    const unsound = this.#signatures() ?? this.#floorFault();
    if (unsound !== null) return unsound;
    for await (const text of lines) {
      const fault = this.#line(text);
      if (fault !== null) return fault;
    }
    const owed = this.#marks.at(-1);
    if (owed !== undefined && owed.size > this.#entries) {
      const detail = `${owed.size} entries were signed on ${owed.at}, ${this.#entries} are there`;
      return this.#fail('truncated', this.#entries, detail);
    }
    return this.#verdict(null, 0, '');
  }

  #floors(): readonly AuditFloor[] {
    return [...(this.#floor === null ? [] : [this.#floor]), ...(this.#options.keptFloors ?? [])];
  }

  #signatures(): AuditVerdict | null {
    const { heads, publicPem } = this.#options;
    const head = heads.find((one) => publicPem === null || !isSignedBy(publicPem, one));
    if (head !== undefined) {
      return this.#fail('bad_signature', head.size, `the head of ${head.size} lines is not signed by this key`);
    }
    const floor = this.#floors().find((one) => publicPem === null || !isFloorSignedBy(publicPem, one));
    if (floor === undefined) return null;
    const detail = `the record that entries up to ${floor.removed} were removed is not signed by this key`;
    return this.#fail('bad_signature', floor.removed, detail);
  }

  #floorFault(): AuditVerdict | null {
    const known = this.#floor?.removed ?? 0;
    const newer = (this.#options.keptFloors ?? []).find(({ removed }) => removed > known);
    if (newer !== undefined) {
      const detail = `entries up to ${newer.removed} were removed on ${newer.at}, and the log says up to ${known}`;
      return this.#fail('rolled_back', known, detail);
    }
    if (known === 0 || this.#options.heads.some(({ size }) => size >= known)) return null;
    return this.#fail('bad_floor', known, `entries up to ${known} were removed, and no signed head covers them`);
  }

  #line(text: string): AuditVerdict | null {
    const line = readLine(text);
    const number = this.#entries + 1;
    if (line === null) return this.#fail('unreadable_line', number, `line ${number} is no entry of an audit log`);
    if (this.#entries === 0 && line.number > 1) {
      const begun = this.#beginAt(line);
      if (begun !== null) return begun;
    }
    const follows = this.#entries + 1;
    if (line.number !== follows || line.prev_hash !== this.#previous) {
      const detail = `entry ${line.number} stands where entry ${follows} should follow`;
      return this.#fail('missing_or_moved_line', follows, detail);
    }
    if (!isAsWritten(text, line)) {
      return this.#fail('altered_line', follows, `entry ${follows} was altered: it is not what its hash was made of`);
    }
    this.#previous = line.hash;
    this.#entries = follows;
    return this.#meet();
  }

  /** What is before the first line must have been removed by rule; that it was this chain shows at the floor. */
  #beginAt(line: AuditLine): AuditVerdict | null {
    const before = line.number - 1;
    const removed = this.#floor?.removed ?? 0;
    if (before > removed) {
      const known = removed === 0 ? 'none' : `those up to ${removed}`;
      const detail = `entry ${line.number} stands where entry ${removed + 1} should follow: of the entries before it, ${known} were removed by a signed record`;
      return this.#fail('missing_or_moved_line', removed + 1, detail);
    }
    this.#entries = before;
    this.#removed = before;
    this.#previous = line.prev_hash;
    for (let mark = this.#mark; mark !== undefined && mark.size < before; mark = this.#mark) {
      this.#next += 1;
      if (mark.isHead) this.#passed += 1;
    }
    return this.#meet();
  }

  get #mark(): Mark | undefined {
    return this.#marks[this.#next];
  }

  #meet(): AuditVerdict | null {
    for (let mark = this.#mark; mark !== undefined && mark.size <= this.#entries; mark = this.#mark) {
      if (mark.size === this.#entries && mark.hash !== this.#previous) {
        const what = mark.isHead ? 'signed' : 'signed as the last that was removed';
        return this.#fail(
          'replaced',
          this.#entries,
          `line ${this.#entries} is not the one that was ${what} on ${mark.at}`,
        );
      }
      this.#next += 1;
      if (mark.isHead) this.#met += 1;
    }
    return null;
  }

  #fail(fault: AuditFault, at: number, detail: string): AuditVerdict {
    return this.#verdict(fault, at, detail);
  }

  #verdict(fault: AuditFault | null, at: number, detail: string): AuditVerdict {
    return {
      ok: fault === null,
      entries: this.#entries,
      head: this.#previous,
      heads: this.#met,
      removed: this.#removed,
      removal: this.#floor === null ? '' : `${this.#floor.at}: ${this.#floor.reason}`,
      heads_removed: this.#passed,
      fault,
      at,
      detail,
    };
  }
}
