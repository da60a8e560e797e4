// Recurring schedules whose time has come: what each publishes, what it leaves out and when it fires next, as one event. Nothing is
// early, as only what is due is looked at; nothing is twice, as the next fire lies behind the present time and stands in the event
// that records this one; and after a gap no more comes than the schedule's policy says.

import { encodeBlock } from '../../../pkg/protocol/block.ts';
import { printTime } from '../../../pkg/protocol/rfc3339.ts';
import type { Cron } from '../cron.ts';
import { type Draft, draft, type Moment } from '../decision.ts';
import type { Refusal } from '../effect.ts';
import { DEAD, statusAt } from '../entry-table.ts';
import type { Accepted, CronPassed } from '../event.ts';
import { asSequence, type CronId, NO_PRODUCER, type QueueId } from '../ids.ts';
import type { State } from '../state.ts';
import { Admission } from './admission.ts';

/** Of a gap, fires that are counted as missed; a catch-up looks at as many as it may make up for. */
export const MISSED_COUNTED_MAX = 20;
/** With the catch-up `none`: a fire that is later than this is missed. A broker that is up is never so late. */
export const FIRE_LATE_MS = 5_000;
/** Times that one tick asks the calendar for, so that many schedules of one minute cannot hold the loop. */
const CALENDAR_STEPS_MAX = 32;
/** What cannot be written now is looked at again after so long. */
const AGAIN_MS = 1_000;
/** The messages of one event, so that it stays near the bound of a group. */
const FIRE_BYTES_MAX = 256 * 1024;

export interface CronFires {
  readonly drafts: readonly Draft[];
  /** For when the events have been applied. */
  readonly count: () => void;
}

/** Looks at some of those that are due, the earliest first. */
export function fireCrons(state: State, { nowMs }: Moment): CronFires {
  const drafts: Draft[] = [];
  const putOff: CronId[] = [];
  const counted = { fired: 0, skipped: 0, missed: 0, refused: 0 };
  const admission = new Admission(state);
  let nextSequence: number = state.nextSequence;
  let looked = 0;
  let steps = 0;
  for (const id of state.crons.due) {
    if (steps >= CALENDAR_STEPS_MAX) break;
    looked += 1;
    const cron = state.crons.get(id);
    if (cron === undefined || cron.paused || cron.nextMs === 0 || cron.nextMs > nowMs) continue;
    const gap = gapOf(state, cron, nowMs);
    steps += gap.steps;
    const made = state.draining ? null : fired(state, cron, gap, nowMs, nextSequence, admission);
    if (made === null) {
      putOff.push(id);
      continue;
    }
    const { event } = made;
    drafts.push(made);
    if (event.type === 'accepted') {
      nextSequence += event.lengths.length;
      counted.fired += event.lengths.length;
      counted.skipped += event.fired?.skipped ?? 0;
      counted.missed += event.fired?.missed ?? 0;
    } else if (event.type === 'cron-passed') {
      counted.skipped += event.skipped;
      counted.missed += event.missed;
      counted.refused += event.refused;
    }
  }
  return {
    drafts,
    count: () => {
      const { counters, crons } = state;
      counters.published += counted.fired;
      counters.cronFired += counted.fired;
      counters.cronSkipped += counted.skipped;
      counters.cronMissed += counted.missed;
      counters.cronRefused += counted.refused;
      crons.looked(looked);
      for (const id of putOff) crons.arm(id, nowMs + AGAIN_MS);
    },
  };
}

/** Publishes the message of the schedule, for these times, to wherever its topic leads now. A refusal: nowhere. */
export function messagesOf(
  state: State,
  cron: Cron,
  messageIds: readonly { readonly id: string; readonly atMs: number }[],
  nowMs: number,
  firstSequence: number,
  admission: Admission,
  next: { readonly nextMs: number; readonly skipped: number; readonly missed: number },
): Draft | Refusal {
  const { plan, name, tenant } = cron;
  const match = state.routeIndex.match(tenant, plan.topic);
  if (match === null || match.queues.length === 0) {
    return { code: 'UNROUTABLE', detail: `no route leads "${plan.topic}" to a queue` };
  }
  const blocks = messageIds.map(({ id, atMs }) => blockOf(cron, id, atMs));
  const refusal = admission.takeOwn(
    match,
    blocks.reduce((sum, { length }) => sum + length, 0),
  );
  if (refusal !== null) return refusal;
  const event: Accepted = {
    type: 'accepted',
    producer: NO_PRODUCER,
    firstProducerSequence: 0,
    firstSequence: asSequence(firstSequence),
    atMs: nowMs,
    sets: [match.queues],
    setOf: blocks.map(() => 0),
    lengths: blocks.map(({ length }) => length),
    fired: { cron: cron.id, name, dueMs: messageIds[0]?.atMs ?? nowMs, ...next },
  };
  return draft(event, blocks);
}

/** What a gap since the last look holds: on time, it is one fire. */
interface Gap {
  /** The fires that are due, from the first on; of very many the first ones. */
  readonly dueMs: readonly number[];
  /** There are no more. */
  readonly isWhole: boolean;
  /** 0: never again. */
  readonly nextMs: number;
  readonly steps: number;
}

function gapOf(state: State, { plan, nextMs }: Cron, nowMs: number): Gap {
  const { nextFire } = state.calendar;
  const most = plan.catchUp === 'all' ? Math.max(plan.catchUpMax, MISSED_COUNTED_MAX) : MISSED_COUNTED_MAX;
  const dueMs = [nextMs];
  let next = nextFire(plan, nextMs) ?? 0;
  while (next !== 0 && next <= nowMs && dueMs.length < most) {
    dueMs.push(next);
    next = nextFire(plan, next) ?? 0;
  }
  const isWhole = next === 0 || next > nowMs;
  return {
    dueMs,
    isWhole,
    nextMs: isWhole ? next : (nextFire(plan, nowMs) ?? 0),
    steps: dueMs.length + (isWhole ? 0 : 1),
  };
}

/** Null: there is no room to record it. */
function fired(
  state: State,
  cron: Cron,
  gap: Gap,
  nowMs: number,
  firstSequence: number,
  admission: Admission,
): Draft | null {
  const { dueMs, nextMs } = gap;
  const wanted = wantedOf(cron, gap, nowMs);
  const missed = dueMs.length - wanted.length;
  const pass = (over: Partial<CronPassed>): Draft =>
    draft({
      type: 'cron-passed',
      cron: cron.id,
      atMs: nowMs,
      nextMs,
      skipped: 0,
      missed,
      refused: 0,
      error: '',
      ...over,
    });
  if (wanted.length === 0) return state.hasControlRoom ? pass({}) : null;
  const allows = cron.plan.overlap === 'allow';
  if (!allows && isStillThere(state, cron)) return state.hasControlRoom ? pass({ skipped: wanted.length }) : null;
  const times = allows ? wanted : wanted.slice(0, 1);
  const skipped = wanted.length - times.length;
  const made = messagesOf(
    state,
    cron,
    times.map((atMs) => ({ id: `${cron.name}@${printTime(atMs)}`, atMs })),
    nowMs,
    firstSequence,
    admission,
    { nextMs, skipped, missed },
  );
  if (!('code' in made)) return made;
  if (made.code === 'STORAGE_FULL' || !state.hasControlRoom) return null;
  return pass({ refused: wanted.length, error: `${made.code}: ${made.detail}` });
}

/** For which of the times that are due there is to be a message. */
function wantedOf({ plan, body }: Cron, { dueMs, isWhole }: Gap, nowMs: number): readonly number[] {
  switch (plan.catchUp) {
    case 'all': {
      const fit = Math.max(1, Math.floor(FIRE_BYTES_MAX / (body.length + 1_024)));
      return dueMs.slice(0, Math.min(plan.catchUpMax, fit));
    }
    case 'one':
      return dueMs.slice(0, 1);
    case 'none': {
      const lastMs = dueMs.at(-1) as number;
      return isWhole && nowMs - lastMs <= FIRE_LATE_MS ? [lastMs] : [];
    }
  }
}

/** Its last message is in a queue: not settled, and not given up. */
function isStillThere(state: State, { lastSequence, lastQueues }: Cron): boolean {
  return lastQueues.some((id: QueueId) => {
    const place = state.queues.get(id)?.entries.find(lastSequence) ?? null;
    return place !== null && statusAt(place) !== DEAD;
  });
}

function blockOf({ plan, name, body }: Cron, messageId: string, atMs: number): Uint8Array {
  return encodeBlock({
    topic: plan.topic,
    messageId,
    attributes: {
      headers: { ...plan.headers, schedule: name, scheduled_at: printTime(atMs) },
      ...(plan.contentType === null ? {} : { content_type: plan.contentType }),
    },
    body,
  });
}
