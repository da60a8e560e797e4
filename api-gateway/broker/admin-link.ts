// The conversation with the broker's admin endpoint. It is opened when it is first needed and again after it broke, so
// that a broker may come and go. Invariant: every question ends within the timeout, and only so many are open at once.
//
// Questions that many ask alike, as dashboards do, share one answer for a moment: what the broker does for a hundred of
// them is what it does for one. An action ends what is shared, so that whoever acts here sees what it did.

import type * as z from 'zod';
import { type AdminClient, openAdmin } from '../../pkg/client/admin.ts';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import { CONTROL_BYTES_MAX } from '../../pkg/protocol/limits.ts';
import { bounded } from './bounded.ts';

const OPEN_QUESTIONS_MAX = 512;
const SHARED_MS = 200;
const SHARED_MAX = 64;
/** For the words around the arguments. */
const REQUEST_ROOM_BYTES = 512;
const RETRY_AFTER_MS = 1_000;

export type Arguments = Readonly<Record<string, unknown>>;

/** What routes ask of the broker. The answer is checked against the schema: a broker of another version may differ. */
export interface AdminPort {
  /** A question: its answer may be a moment old. */
  read<S extends z.ZodType>(word: string, args: Arguments, schema: S): Promise<z.output<S>>;
  /** An action: carried out once, and never shared. */
  act<S extends z.ZodType>(word: string, args: Arguments, schema: S): Promise<z.output<S>>;
}

export interface AdminLinkOptions {
  readonly socketPath: string;
  readonly timeoutMs: number;
  readonly nowMs?: () => number;
  /** Told when the broker begins (null) or ceases (the code) to answer; once for each change. */
  readonly tell?: (code: string | null) => void;
  /** Told of each question when it has ended: the code of its failure, null where there is an answer. */
  readonly asked?: (word: string, seconds: number, code: string | null) => void;
  /** How a client is opened; the public one when not given. */
  readonly open?: typeof openAdmin;
}

interface Shared {
  readonly answer: Promise<unknown>;
  readonly untilMs: number;
}

export class AdminLink implements AdminPort {
  readonly #options: AdminLinkOptions;
  readonly #nowMs: () => number;
  readonly #shared = new Map<string, Shared>();
  #admin: Promise<AdminClient> | null = null;
  #open = 0;
  #absence: string | null | undefined;
  #closed = false;

  constructor(options: AdminLinkOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  async read<S extends z.ZodType>(word: string, args: Arguments, schema: S): Promise<z.output<S>> {
    const key = `${word} ${JSON.stringify(args)}`;
    const nowMs = this.#nowMs();
    const shared = this.#shared.get(key);
    if (shared !== undefined && nowMs < shared.untilMs) return checkAnswer(word, await shared.answer, schema);
    const answer = this.#ask(word, args);
    this.#share(key, { answer, untilMs: nowMs + SHARED_MS });
    return checkAnswer(word, await answer, schema);
  }

  async act<S extends z.ZodType>(word: string, args: Arguments, schema: S): Promise<z.output<S>> {
    try {
      return checkAnswer(word, await this.#ask(word, args), schema);
    } finally {
      this.#shared.clear();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const admin = await this.#admin?.catch(() => null);
    await admin?.close();
  }

  async #ask(word: string, args: Arguments): Promise<unknown> {
    const { timeoutMs } = this.#options;
    if (Buffer.byteLength(JSON.stringify(args)) > CONTROL_BYTES_MAX - REQUEST_ROOM_BYTES) {
      throw new TachyonError('PAYLOAD_TOO_LARGE', `what ${word} is asked with is longer than one word may be`);
    }
    if (this.#open >= OPEN_QUESTIONS_MAX) {
      throw new TachyonError('BUSY', 'the broker has enough open questions', { retryAfterMs: RETRY_AFTER_MS });
    }
    this.#open += 1;
    const beganMs = performance.now();
    let failure: string | null = null;
    try {
      const answer = this.#client().then((admin) => admin.request(word, args, { timeoutMs }));
      const answered = await bounded(answer, timeoutMs, word);
      this.#seen(null);
      return answered;
    } catch (error) {
      const code = error instanceof TachyonError ? error.code : null;
      failure = code ?? 'INTERNAL';
      // A refusal is an answer.
      this.#seen(code === 'BROKER_UNREACHABLE' || code === 'TIMEOUT' ? code : null);
      throw error;
    } finally {
      this.#open -= 1;
      this.#options.asked?.(word, (performance.now() - beganMs) / 1_000, failure);
    }
  }

  #seen(absence: string | null): void {
    const isChange = this.#absence === undefined || (this.#absence === null) !== (absence === null);
    this.#absence = absence;
    if (isChange && !this.#closed) this.#options.tell?.(absence);
  }

  /** The client mends itself; only one that never opened has to be made anew. */
  #client(): Promise<AdminClient> {
    if (this.#closed) return Promise.reject(new TachyonError('CLIENT_CLOSED'));
    if (this.#admin === null) {
      const { open = openAdmin, socketPath, timeoutMs } = this.#options;
      const admin = open({ socketPath, timeoutMs });
      this.#admin = admin;
      admin.catch(() => {
        if (this.#admin === admin) this.#admin = null;
      });
    }
    return this.#admin;
  }

  /** A refusal is not shared at all; an answer is let go when its moment is over. */
  #share(key: string, shared: Shared): void {
    const forget = (): void => {
      if (this.#shared.get(key) === shared) this.#shared.delete(key);
    };
    shared.answer.then(() => setTimeout(forget, SHARED_MS).unref(), forget);
    if (this.#shared.size >= SHARED_MAX) this.#shared.clear();
    this.#shared.set(key, shared);
  }
}

/** Throws MALFORMED_CONTROL with the first field that is not as it should be. */
export function checkAnswer<S extends z.ZodType>(word: string, answer: unknown, schema: S): z.output<S> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TachyonError(
    'MALFORMED_CONTROL',
    `the broker's answer to ${word}: ${issue?.path.join('.')}: ${issue?.message}`,
  );
}
