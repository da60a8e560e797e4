// The audit log of a broker without a disk: the latest lines, as long as the process lives.

import { type AuditLine, GENESIS, readLine, writeLine } from '../../../pkg/audit/index.ts';
import type {
  AuditEntry,
  AuditPage,
  AuditQuery,
  AuditRemoval,
  AuditStatus,
  AuditStore,
} from '../../usecase/ports/audit-store.ts';
import { fieldsOf, isMeant } from '../audit/audit-fields.ts';

const LINES_MAX = 10_000;

export class MemoryAuditStore implements AuditStore {
  readonly #onLine: (line: AuditLine) => void;
  readonly #lines: string[] = [];
  #entries = 0;
  #head = GENESIS;
  #bytes = 0;

  /** `onLine` is told of each line. */
  constructor(onLine: (line: AuditLine) => void = () => undefined) {
    this.#onLine = onLine;
  }

  open(): void {}

  get status(): AuditStatus {
    return {
      entries: this.#entries,
      head: this.#head,
      lastSigned: null,
      fault: null,
      removed: this.#entries - this.#lines.length,
      bytes: this.#bytes,
      written: this.#entries,
    };
  }

  append(entries: readonly AuditEntry[], done: (error: Error | null) => void): void {
    for (const entry of entries) {
      this.#entries += 1;
      const { text, hash } = writeLine(fieldsOf(entry, this.#entries, 0), this.#head);
      this.#head = hash;
      this.#lines.push(text);
      this.#bytes += text.length;
      const line = readLine(text);
      if (line !== null) this.#onLine(line);
    }
    for (const gone of this.#lines.splice(0, Math.max(0, this.#lines.length - LINES_MAX))) this.#bytes -= gone.length;
    done(null);
  }

  page(query: AuditQuery, done: (error: Error | null, page: AuditPage) => void): void {
    const { limit } = query;
    const items = this.#lines.flatMap((text) => readLine(text) ?? []).filter((line) => isMeant(line, query));
    const shown = items.slice(0, limit);
    done(null, { items: shown, next: items.length > limit ? (shown.at(-1)?.number ?? null) : null });
  }

  seal(_nowMs: number, done: (error: Error | null) => void): void {
    done(null);
  }

  /** It keeps its own bound: nothing here is meant to last. */
  removable(): null {
    return null;
  }

  remove(_removal: AuditRemoval, _nowMs: number, done: (error: Error | null) => void): void {
    done(null);
  }

  close(): void {}
}
