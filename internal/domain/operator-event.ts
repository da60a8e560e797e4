// What operators did, and the jobs that they started: who and why stand with it for the audit log.

import type { JobOrder } from './dead-letter-order.ts';

/** Who asked for a mutation, and why: kept with the event for the audit log. */
export interface Operator {
  readonly actor: string;
  readonly reason: string;
  /** By which the one who passed the request on knows it. */
  readonly requestId?: string;
}

/** One line of the audit log: what an operator did or was refused. Changes nothing by itself. */
export interface OperatorAction {
  readonly type: 'operator-action';
  readonly atMs: number;
  readonly operator: Operator;
  readonly operation: string;
  /** `done`, or the code of the refusal. */
  readonly outcome: string;
  /** Message ids, where messages were meant. */
  readonly targets: readonly string[];
  readonly prior: readonly ActionFacts[];
  readonly resulting: readonly ActionFacts[];
}

/** What an action found or left, as the log shows it. */
export type ActionFacts = Readonly<Record<string, unknown>>;

/** A file that was imported once and must not be again: sha256 of its bytes, in hex; or a mark of import-marks.ts. */
export interface Imported {
  readonly type: 'imported';
  readonly kind: 'catalog' | 'dlq';
  readonly digest: string;
  readonly operator: Operator | null;
}

/** An operator's request on more dead letters than one answer waits for. It goes on after a restart. */
export interface JobStarted {
  readonly type: 'job-started';
  readonly job: number;
  readonly order: JobOrder;
  readonly total: number;
  readonly atMs: number;
  readonly operator: Operator;
}

export interface JobMoved {
  readonly type: 'job-moved';
  readonly job: number;
  readonly done: number;
  readonly failed: number;
}

export interface JobEnded {
  readonly type: 'job-ended';
  readonly job: number;
  readonly outcome: 'done' | 'cancelled' | 'failed';
  readonly atMs: number;
}

export type OperatorEvent = OperatorAction | Imported | JobStarted | JobMoved | JobEnded;
