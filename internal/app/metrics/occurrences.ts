// Counts of what the broker observes of itself, and the facts of the latest checkpoint.

import type { Observation } from '../../usecase/ports/observer.ts';

export interface CheckpointFacts {
  readonly atMs: number;
  readonly bytes: number;
  readonly tookMs: number;
  /** Journal bytes appended by then. */
  readonly appendedBytes: number;
}

export class Occurrences {
  readonly checkpoints = { written: 0, failed: 0, damaged: 0 };
  readonly faults = { command: 0, body: 0, relocation: 0, audit: 0 };
  stalls = 0;
  stalledMs = 0;
  /** Of this run; null before the first. */
  lastCheckpoint: CheckpointFacts | null = null;
  readonly #monotonicMs: () => number;
  readonly #appendedBytes: () => number;

  constructor(monotonicMs: () => number, appendedBytes: () => number) {
    this.#monotonicMs = monotonicMs;
    this.#appendedBytes = appendedBytes;
  }

  take(observation: Observation): void {
    switch (observation.type) {
      case 'checkpoint-written': {
        const { bytes, tookMs } = observation;
        this.checkpoints.written += 1;
        this.lastCheckpoint = { atMs: this.#monotonicMs(), bytes, tookMs, appendedBytes: this.#appendedBytes() };
        return;
      }
      case 'checkpoint-failed':
        this.checkpoints.failed += 1;
        return;
      case 'checkpoint-damaged':
        this.checkpoints.damaged += 1;
        return;
      case 'command-failed':
        this.faults.command += 1;
        return;
      case 'body-damaged':
        this.faults.body += 1;
        return;
      case 'audit-failed':
        this.faults.audit += 1;
        return;
      case 'relocation-failed':
        this.faults.relocation += 1;
        return;
      case 'stalled':
        this.stalls += 1;
        // A clock that stepped back moves leases back: no time was lost by that.
        this.stalledMs += Math.max(0, observation.byMs);
        return;
      default:
    }
  }
}
