// Where the audit log is kept. What is appended comes in the journal's order, and may come again after a restart: what
// the log has already is left out.

import type { OperatorAction } from '../../domain/event.ts';
import type { Position } from '../../domain/ids.ts';

export interface AuditEntry {
  readonly action: OperatorAction;
  /** Of the group in which it stands. */
  readonly at: Position;
}

export interface AuditQuery {
  /** Numbers above this. */
  readonly after: number;
  readonly limit: number;
  /** A target, or a message of the state before or after. */
  readonly messageId: string | null;
  readonly actor: string | null;
  readonly operation: string | null;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface AuditPage {
  /** Lines as they stand in the log, parsed. */
  readonly items: readonly object[];
  /** Where to go on; null at the end of the log. A page may be empty although there is more. */
  readonly next: number | null;
}

export interface AuditStatus {
  readonly entries: number;
  readonly head: string;
  readonly lastSigned: { readonly size: number; readonly head: string; readonly at: string } | null;
  /** Why the log cannot be believed or written; null: it can. */
  readonly fault: string | null;
  /** Entries from the first on that retention has removed. */
  readonly removed: number;
  /** Of the lines that are kept. */
  readonly bytes: number;
  /** Lines appended since the start. */
  readonly written: number;
}

/** Entries that are beyond a bound of the log and may go, from its old end. */
export interface AuditRemoval {
  readonly from: number;
  readonly through: number;
  readonly files: number;
  readonly bytes: number;
  /** The setting whose bound is met. */
  readonly reason: string;
}

export interface AuditStore {
  /** Synchronous, before anything is appended. Repairs what a crash left of the last line. */
  open(): void;
  /** In order, several calls may be under way. `done` without an error: the lines survive a loss of power. */
  append(entries: readonly AuditEntry[], done: (error: Error | null) => void): void;
  page(query: AuditQuery, done: (error: Error | null, page: AuditPage) => void): void;
  readonly status: AuditStatus;
  /** Signs the head of what is synced, if that is new: beside appends that are under way, and behind a removal that is. */
  seal(nowMs: number, done: (error: Error | null) => void): void;
  /** What retention would remove now; null: nothing. */
  removable(nowMs: number): AuditRemoval | null;
  /** Signs that it goes, and removes it, behind a head that is being signed. After an error it may be called again; a start finishes what a crash cut. */
  remove(removal: AuditRemoval, nowMs: number, done: (error: Error | null) => void): void;
  close(): void;
}
