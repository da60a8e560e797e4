// Sends signed heads of the audit log, and the signed records of what its retention removed, to where the operator keeps
// them: a file that is appended to, standard output, or a web address. Each is tried until it succeeds or a newer one of
// its kind takes its place: a newer one says more than an older one.

import { appendFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const RETRY_MS = 10_000;
const REQUEST_MS_MAX = 10_000;

export interface AuditHeadsOptions {
  /** 'none', 'stdout', a file: or an http(s) address. */
  readonly place: string;
  readonly onFailure: (error: Error) => void;
  readonly retryMs?: number;
}

export class AuditHeads {
  readonly #send: ((line: string) => Promise<void>) | null;
  readonly #onFailure: (error: Error) => void;
  readonly #retryMs: number;
  readonly #stopped = new AbortController();
  readonly #next = new Map<'head' | 'floor', string>();
  #sending: Promise<void> | null = null;

  constructor({ place, onFailure, retryMs = RETRY_MS }: AuditHeadsOptions) {
    this.#send = senderTo(place);
    this.#onFailure = onFailure;
    this.#retryMs = retryMs;
  }

  /** Called with each head and each floor that was signed. */
  send(mark: object): void {
    if (this.#send === null) return;
    this.#next.set('removed' in mark ? 'floor' : 'head', `${JSON.stringify(mark)}\n`);
    this.#sending ??= this.#run(this.#send).finally(() => {
      this.#sending = null;
    });
  }

  async #run(send: (line: string) => Promise<void>): Promise<void> {
    for (let [next] = this.#next; next !== undefined; [next] = this.#next) {
      const [kind, line] = next;
      try {
        await send(line);
        if (this.#next.get(kind) === line) this.#next.delete(kind);
      } catch (error) {
        this.#onFailure(error instanceof Error ? error : new Error(String(error)));
        if (this.#stopped.signal.aborted) return;
        await wait(this.#retryMs, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
      }
    }
  }

  /** One last try for what is under way. */
  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#sending;
  }
}

function senderTo(place: string): ((line: string) => Promise<void>) | null {
  if (place === 'none') return null;
  if (place === 'stdout') {
    return (line) =>
      new Promise((resolve, reject) => {
        process.stdout.write(line, (error) => (error ? reject(error) : resolve()));
      });
  }
  if (place.startsWith('file:')) {
    const path = fileURLToPath(place);
    return (line) => appendFile(path, line, { mode: 0o600, flush: true });
  }
  return async (line) => {
    const answer = await fetch(place, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: line,
      redirect: 'error',
      signal: AbortSignal.timeout(REQUEST_MS_MAX),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`${place} answered ${answer.status} to a head of the audit log`);
  };
}
