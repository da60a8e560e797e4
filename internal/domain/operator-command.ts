// What operators want, decoded and of the right shape, but not yet allowed.

import type { ErrorCode } from '../../pkg/protocol/errors.ts';
import type { DeadLetterTarget, JobOrder } from './dead-letter-order.ts';
import type { Refusal } from './effect.ts';
import type { AttemptRecord, Operator, RouteKind, RouteTraits } from './event.ts';
import type { PeerId } from './ids.ts';
import type { QueuePolicy } from './queue-policy.ts';
import type { RouteCondition } from './route-condition.ts';
import type { CronCommand, ScheduleCommand } from './schedule-command.ts';

/** Whom an operator's answer goes to. */
export interface OperatorRequest {
  readonly peer: PeerId;
  readonly id: number;
  readonly operator: Operator;
}

export interface DeclareQueue {
  readonly type: 'declare-queue';
  readonly request: OperatorRequest;
  readonly tenant: string;
  readonly name: string;
  readonly policy: Partial<QueuePolicy>;
  /** Patterns to bind in the same step. */
  readonly patterns: readonly string[];
}

/** Binds patterns to a queue that exists. */
export interface BindQueue {
  readonly type: 'bind-queue';
  readonly request: OperatorRequest;
  readonly tenant: string;
  readonly name: string;
  readonly patterns: readonly string[];
}

export interface DeleteQueue {
  readonly type: 'delete-queue';
  readonly request: OperatorRequest;
  readonly tenant: string;
  readonly name: string;
  /** Also when it holds messages or has consumers. */
  readonly force: boolean;
}

export interface PurgeQueue {
  readonly type: 'purge-queue';
  readonly request: OperatorRequest;
  readonly tenant: string;
  readonly name: string;
}

/** `pause`: nothing is handed over. `drain`: nothing new is taken. `resume`: both again. */
export interface SteerQueue {
  readonly type: 'steer-queue';
  readonly request: OperatorRequest;
  readonly tenant: string;
  readonly name: string;
  readonly word: 'pause' | 'drain' | 'resume';
}

/** Of one consumer. `pause` and `drain`: it is given nothing new. `resume`: it is again. */
export interface SteerConsumer {
  readonly type: 'steer-consumer';
  readonly request: OperatorRequest;
  readonly tenant: string;
  readonly consumer: string;
  readonly word: SteerQueue['word'];
}

/**
 * `pause`, `resume`: of a partition key. `release`: its first message, which waits after a failure, is tried at once, with fresh
 * counts. `skip`: that message becomes a dead letter, and the key goes on.
 */
export interface SteerKey {
  readonly type: 'steer-key';
  readonly request: OperatorRequest;
  readonly tenant: string;
  readonly name: string;
  readonly key: string;
  readonly word: 'pause' | 'resume' | 'release' | 'skip';
}

export interface RouteWish extends RouteTraits {
  readonly tenant: string;
  readonly pattern: string;
  readonly kind: RouteKind;
  /** Empty for fanout; a queue that is not there is declared. */
  readonly queueName: string;
  readonly priority: number;
  readonly enabled: boolean;
  readonly exclusive: boolean;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface AddRoute {
  readonly type: 'add-route';
  readonly request: OperatorRequest;
  readonly route: RouteWish;
}

export interface RemoveRoute {
  readonly type: 'remove-route';
  readonly request: OperatorRequest;
  readonly tenant: string;
  readonly pattern: string;
  /** null: every route of the pattern. */
  readonly queueName: string | null;
  /** Only the one with exactly these conditions; an empty list: the one without. Absent: whatever they are. */
  readonly when?: readonly RouteCondition[];
}

/** Its text was read and compiled at the door. */
export interface AddSchema {
  readonly type: 'add-schema';
  readonly request: OperatorRequest;
  readonly name: string;
  readonly text: string;
}

export interface RemoveSchema {
  readonly type: 'remove-schema';
  readonly request: OperatorRequest;
  readonly name: string;
}

/** The earlier catalog, as parsed: journaled once, never written back. Without a request at start-up. */
export interface ImportCatalog {
  readonly type: 'import-catalog';
  readonly request: OperatorRequest | null;
  readonly operator: Operator;
  readonly digest: string;
  readonly routes: readonly RouteWish[];
  /** What the file holds and is not carried out: told in the answer. */
  readonly refused: readonly string[];
}

export interface ImportedDeadLetter {
  readonly tenant: string;
  readonly queueName: string;
  readonly topic: string;
  readonly block: Uint8Array;
  readonly atMs: number;
  readonly reason: string;
  readonly history: readonly AttemptRecord[];
}

export interface ImportDeadLetters {
  readonly type: 'import-dead-letters';
  readonly request: OperatorRequest;
  readonly digest: string;
  readonly records: readonly ImportedDeadLetter[];
  readonly refused: readonly string[];
}

/** Records that a request meant and may not move. */
export interface Unfit {
  readonly count: number;
  /** The first of their ids, and why the first one is not moved. */
  readonly ids: readonly string[];
  readonly code: ErrorCode;
}

/** One step of an operator's request on dead letters: at most `STEP_TARGETS_MAX`. */
export interface DeadLetterStep {
  /** Comes back with the effect. */
  readonly step: number;
  readonly operator: Operator;
  readonly job: number | null;
  readonly targets: readonly DeadLetterTarget[];
  /** Records of the same request that do not fit, told with its first step; null: none, or told before. */
  readonly unfit: Unfit | null;
}

export interface ReplayDeadLetters extends DeadLetterStep {
  readonly type: 'replay-dead-letters';
  /** Another queue of the tenant, and what the messages consist of, in the order of the targets. */
  readonly into: { readonly tenant: string; readonly queueName: string; readonly blocks: readonly Uint8Array[] } | null;
}

export interface PurgeDeadLetters extends DeadLetterStep {
  readonly type: 'purge-dead-letters';
}

/** A dead letter made by hand: accepted and dead-lettered in one step. */
export interface AddDeadLetter {
  readonly type: 'add-dead-letter';
  readonly request: OperatorRequest;
  readonly tenant: string;
  readonly queueName: string;
  readonly messageId: string;
  readonly block: Uint8Array;
  readonly reason: string;
  /** What is answered when it is done. */
  readonly result: object;
}

export interface StartJob {
  readonly type: 'start-job';
  readonly request: OperatorRequest;
  readonly order: JobOrder;
  readonly total: number;
  /** What is answered, beside the job's number. */
  readonly result: object;
}

/** Nothing is left for the job to do, or it cannot go on. */
export interface EndJob {
  readonly type: 'end-job';
  readonly job: number;
  readonly outcome: 'done' | 'failed';
}

export interface CancelJob {
  readonly type: 'cancel-job';
  readonly request: OperatorRequest;
  readonly job: number;
}

/** An operator's request that was refused before it became a command: for the audit log, then for the operator. */
export interface RefuseOperator {
  readonly type: 'refuse-operator';
  readonly request: OperatorRequest;
  readonly operation: string;
  readonly targets: readonly string[];
  readonly refusal: Refusal;
}

export type OperatorCommand =
  | ScheduleCommand
  | CronCommand
  | DeclareQueue
  | BindQueue
  | DeleteQueue
  | PurgeQueue
  | SteerQueue
  | SteerConsumer
  | SteerKey
  | AddRoute
  | RemoveRoute
  | AddSchema
  | RemoveSchema
  | ImportCatalog
  | ImportDeadLetters
  | ReplayDeadLetters
  | PurgeDeadLetters
  | AddDeadLetter
  | StartJob
  | EndJob
  | CancelJob
  | RefuseOperator;
