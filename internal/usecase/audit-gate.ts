// The last step of an operator's request: its line goes to the audit log, and the answers behind it wait until the log
// has it on disk. A log that cannot be written holds answers, is tried again, and meanwhile says so.

import type { Position } from '../domain/ids.ts';
import { NO_POSITION } from '../domain/ids.ts';
import type { Outgoing } from './gate.ts';
import type { AuditEntry, AuditStore } from './ports/audit-store.ts';
import type { Observe } from './ports/observer.ts';
import type { Timers } from './ports/timers.ts';

const RETRY_MS = 1_000;

export interface AuditGateOptions {
  readonly store: AuditStore;
  readonly timers: Timers;
  readonly observe: Observe;
  /** Answers that may leave now. */
  readonly release: (outgoing: readonly Outgoing[]) => void;
}

export class AuditGate {
  readonly #options: AuditGateOptions;
  readonly #waiting: (Outgoing | AuditEntry)[] = [];
  #writing = false;
  #through: Position = NO_POSITION;
  #cancelRetry: (() => void) | null = null;
  #failed = false;
  #ended: (() => void) | null = null;

  constructor(options: AuditGateOptions) {
    this.#options = options;
  }

  /** Whether the log has every action up to this position. */
  has(position: Position): 'there' | 'coming' | 'failing' {
    if (position <= this.#through) return 'there';
    return this.#failed ? 'failing' : 'coming';
  }

  /** The log could not be written when it was last tried. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Lines and answers under way. */
  get size(): number {
    return this.#waiting.length;
  }

  /** What a start found in the journal behind the last checkpoint: the log leaves out what it has. */
  again(entries: readonly AuditEntry[]): void {
    this.#waiting.push(...entries);
    this.#run();
  }

  /** Takes lines, and the answers that stand behind some; false for everything else. */
  take(outgoing: Outgoing): boolean {
    const { effect } = outgoing;
    if (effect.type === 'audited') {
      this.#waiting.push({ action: effect.action, at: effect.at });
      this.#run();
      return true;
    }
    const isAnswer = effect.type === 'operator-reply' || effect.type === 'step-done';
    if (!isAnswer || !effect.gated || this.#waiting.length === 0) return false;
    this.#waiting.push(outgoing);
    return true;
  }

  #run(): void {
    if (this.#writing || this.#cancelRetry !== null) return;
    const entries: AuditEntry[] = [];
    for (const one of this.#waiting) {
      if (!('action' in one)) break;
      entries.push(one);
    }
    if (entries.length === 0) return;
    this.#writing = true;
    this.#options.store.append(entries, (error) => {
      this.#writing = false;
      if (error !== null) return this.#tryLater(error);
      this.#failed = false;
      this.#through = entries.at(-1)?.at ?? this.#through;
      this.#waiting.splice(0, entries.length);
      const answers: Outgoing[] = [];
      for (let next = this.#waiting[0]; next !== undefined && 'effect' in next; next = this.#waiting[0]) {
        answers.push(next);
        this.#waiting.shift();
      }
      if (answers.length > 0) this.#options.release(answers);
      this.#run();
      this.#end();
    });
  }

  #tryLater(error: Error): void {
    this.#failed = true;
    this.#options.observe({ type: 'audit-failed', error });
    if (this.#ended !== null) return this.#end();
    this.#cancelRetry = this.#options.timers.after(RETRY_MS, () => {
      this.#cancelRetry = null;
      this.#run();
    });
  }

  /** After the last line: calls back when the log has it, or cannot be written. A start adds what is missing then. */
  end(done: () => void): void {
    this.#ended = done;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#run();
    this.#end();
  }

  #end(): void {
    if (this.#writing || (this.#waiting.length > 0 && !this.#failed)) return;
    this.#ended?.();
    this.#ended = null;
  }
}
