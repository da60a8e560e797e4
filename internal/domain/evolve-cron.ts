// Applies what happened to recurring schedules.

import { assertNever, invariant } from './assert.ts';
import type { Cron } from './cron.ts';
import type { CronTable } from './cron-table.ts';
import type { Accepted, CronEvent, CronFire } from './event.ts';
import { asSequence, type CronId } from './ids.ts';

export function evolveCron(crons: CronTable, event: CronEvent): void {
  switch (event.type) {
    case 'cron-declared': {
      const { cron: id, tenant, name, plan, body, atMs, nextMs } = event;
      crons.put({ ...(crons.get(id) ?? fresh(id, tenant, name, atMs)), plan, body, nextMs });
      return;
    }
    case 'cron-removed':
      return crons.remove(event.cron);
    case 'cron-steered':
      return crons.put({ ...cronOf(crons, event.cron), paused: event.paused, nextMs: event.nextMs });
    case 'cron-passed': {
      const cron = cronOf(crons, event.cron);
      const { nextMs, skipped, missed, refused, error } = event;
      crons.put({
        ...cron,
        nextMs,
        skipped: cron.skipped + skipped,
        missed: cron.missed + missed,
        refused: cron.refused + refused,
        lastError: refused > 0 ? error : cron.lastError,
      });
      return;
    }
    default:
      return assertNever(event);
  }
}

/** The messages are in their queues: the same event says when the schedule fires next. */
export function cronFired(crons: CronTable, { firstSequence, lengths, sets, atMs }: Accepted, fire: CronFire): void {
  const cron = cronOf(crons, fire.cron);
  crons.put({
    ...cron,
    nextMs: fire.nextMs,
    fired: cron.fired + lengths.length,
    skipped: cron.skipped + fire.skipped,
    missed: cron.missed + fire.missed,
    lastFiredMs: atMs,
    lastError: '',
    lastSequence: asSequence(firstSequence + lengths.length - 1),
    lastQueues: sets[0] ?? [],
  });
}

function cronOf(crons: CronTable, id: CronId): Cron {
  const cron = crons.get(id);
  invariant(cron !== undefined, `schedule ${id} is known`);
  return cron;
}

const fresh = (
  id: CronId,
  tenant: string,
  name: string,
  declaredMs: number,
): Omit<Cron, 'plan' | 'body' | 'nextMs'> => ({
  id,
  tenant,
  name,
  declaredMs,
  paused: false,
  fired: 0,
  skipped: 0,
  missed: 0,
  refused: 0,
  lastFiredMs: 0,
  lastError: '',
  lastSequence: asSequence(0),
  lastQueues: [],
});
