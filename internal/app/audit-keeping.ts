// Retention of the audit log in the running broker: now and then it is asked what is beyond a bound. That it goes is put
// on record first, in the journal and in the log, as what the broker itself does; then the log removes it.
//
// Invariant: nothing is removed before its record is in the log.

import type { Command } from '../domain/command.ts';
import type { Effect } from '../domain/effect.ts';
import { NO_POSITION, type Position } from '../domain/ids.ts';
import type { AuditRemoval, AuditStore } from '../usecase/ports/audit-store.ts';
import type { Observe } from '../usecase/ports/observer.ts';

export const RETENTION = 'audit_retention';

export interface AuditKeepingOptions {
  readonly store: AuditStore;
  readonly observe: Observe;
  readonly submit: (commands: readonly Command[]) => void;
  /** Whether the log has every action up to there. */
  readonly isInLog: (position: Position) => boolean;
  /** Somebody copies the log: nothing of it goes. */
  readonly pinned: () => boolean;
}

export class AuditKeeping {
  readonly #options: AuditKeepingOptions;
  #removal: AuditRemoval | null = null;
  /** Of the removal's record; none while it waits for room. */
  #recordedAt: Position = NO_POSITION;
  #removing = false;

  constructor(options: AuditKeepingOptions) {
    this.#options = options;
  }

  /** Files are going now. */
  get removing(): boolean {
    return this.#removing;
  }

  /** After the head was signed: what it covers may go. */
  plan(nowMs: number): void {
    if (this.#removing || this.#recordedAt !== NO_POSITION) return;
    const removal = this.#guarded(() => this.#options.store.removable(nowMs));
    this.#removal = removal;
    if (removal === null) return;
    const { reason, ...facts } = removal;
    const operator = { actor: 'broker', reason };
    const prior = [{ audit_entries: this.#options.store.status.entries, bytes: this.#options.store.status.bytes }];
    this.#options.submit([{ type: 'put-on-record', operator, operation: RETENTION, prior, resulting: [facts] }]);
  }

  /** Sees what goes to the log. */
  see(effect: Effect): void {
    if (effect.type !== 'audited' || effect.action.operation !== RETENTION || this.#removal === null) return;
    // Under load a record may come behind the next plan, which takes more than it says.
    const isOfThis = effect.action.resulting.some(({ through }) => through === this.#removal?.through);
    if (isOfThis) this.#recordedAt = effect.at;
  }

  /** Often: carries out what is on record. */
  look(nowMs: number): void {
    const removal = this.#removal;
    if (removal === null || this.#removing || this.#recordedAt === NO_POSITION) return;
    if (!this.#options.isInLog(this.#recordedAt) || this.#options.pinned()) return;
    this.#removing = true;
    this.#options.store.remove(removal, nowMs, (error) => {
      this.#removing = false;
      // It is tried again; what the log cannot believe any more it does not plan again.
      if (error !== null) this.#options.observe({ type: 'audit-retention-failed', error });
      if (error !== null && this.#options.store.status.fault === null) return;
      this.#removal = null;
      this.#recordedAt = NO_POSITION;
    });
  }

  #guarded<T>(read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      this.#options.observe({ type: 'audit-retention-failed', error: error as Error });
      return null;
    }
  }
}
