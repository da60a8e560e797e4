// What a simulation stops with when a promise was broken, in jepsen's words where there is one.

export type ViolationKind =
  /** Confirmed, and then neither delivered and answered, nor dead-lettered, nor removed by an operator. */
  | 'lost'
  /** A part of an atomic batch. */
  | 'torn'
  /** Delivered, and never published, or not like this, or to a queue that no route leads to. */
  | 'unexpected'
  /** Delivered again where that may not be. */
  | 'duplicated'
  /** First deliveries of one queue out of order. */
  | 'reordered'
  /** A token that was used before, or a lease that ended before its time. */
  | 'fencing'
  /** A message waits although a consumer could have it, or something never ends. */
  | 'stalled'
  /** A bound was passed. */
  | 'limit'
  /** The state after a restart is not what the events say. */
  | 'diverged'
  /** The broker refused to start, or broke an assumption of its own. */
  | 'broken';

export class Violation extends Error {
  override readonly name = 'Violation';
  readonly kind: ViolationKind;

  constructor(kind: ViolationKind, detail: string, cause?: unknown) {
    super(`${kind}: ${detail}`, { cause });
    this.kind = kind;
  }
}
