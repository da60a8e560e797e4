// What operators did, counted from the events that the journal adds: actions on record, and jobs.

import type { Event } from '../../domain/event.ts';

/** An outcome that is a refusal's code. */
const CODE = /^[A-Z]/;

export class OperatorCounts {
  readonly actions = { done: 0, refused: 0 };
  readonly jobsEnded = { done: 0, cancelled: 0, failed: 0 };
  jobsStarted = 0;

  added(event: Event): void {
    switch (event.type) {
      case 'operator-action':
        this.actions[CODE.test(event.outcome) ? 'refused' : 'done'] += 1;
        return;
      case 'job-started':
        this.jobsStarted += 1;
        return;
      case 'job-ended':
        this.jobsEnded[event.outcome] += 1;
        return;
      default:
    }
  }
}
