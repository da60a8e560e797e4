// The part of evolve that keeps the operators' jobs: what they are, how far they have come, how they ended.

import { invariant } from './assert.ts';
import type { JobEnded, JobMoved, JobStarted } from './event.ts';
import { ENDED_JOBS_MAX, type Job } from './job.ts';
import type { State } from './state.ts';

export function evolveJob(state: State, event: JobStarted | JobMoved | JobEnded): void {
  if (event.type === 'job-started') {
    const { job, order, total, atMs, operator } = event;
    const begun = { id: job, order, total, startedMs: atMs, operator, done: 0, failed: 0, endedMs: 0 };
    state.jobs.set(job, { ...begun, state: 'running' });
    state.nextJob = Math.max(state.nextJob, job + 1);
  } else if (event.type === 'job-moved') {
    const job = jobOf(state, event.job);
    state.jobs.set(job.id, { ...job, done: job.done + event.done, failed: job.failed + event.failed });
  } else ended(state, event);
}

function jobOf(state: State, id: number): Job {
  const job = state.jobs.get(id);
  invariant(job !== undefined, `job ${id} is known`);
  return job;
}

/** The latest ended jobs are remembered. */
function ended(state: State, { job: id, outcome, atMs }: JobEnded): void {
  state.jobs.set(id, { ...jobOf(state, id), state: outcome, endedMs: atMs });
  const ended = [...state.jobs.values()].filter((job) => job.state !== 'running');
  for (const { id: old } of ended.slice(0, -ENDED_JOBS_MAX)) state.jobs.delete(old);
}
