// Overload: how much the broker is pressed, by measured signals, and which messages it refuses then. Pressure 1 is a signal at its high
// watermark, 2 is a signal at its end. Levels rise at once and fall one by one, after a hold below the edge.

import { classNamed, type Priorities } from '../class-turns.ts';
import type { Load } from '../command.ts';
import { type Decision, type Moment, NOTHING } from '../decision.ts';
import type { Refusal } from '../effect.ts';
import { LEVELS, type Overload, type OverloadLevel } from '../overload.ts';
import type { Bounds } from '../quotas.ts';
import type { State } from '../state.ts';
import type { Usage } from '../usage.ts';

/** Pressures at which the levels begin. */
const EDGES: readonly number[] = [0, 0.75, 1, 1.75];
/** So far below its edge the pressure must be before a level is left. */
const SLACK = 0.1;
/** The loop is so late at the watermark of its signal, and at its end. */
const LAG_HIGH_MS = 1_000;
const LAG_END_MS = 5_000;

const OVERLOAD_RETRY_MS = 1_000;
/** 0 is the highest. A message that names no class, or one that is not known, is in the normal one. */
export const rankOf = (priorities: Priorities, name: string): number =>
  (classNamed(priorities, name) || priorities.normal) - 1;

/** How many classes, from the last one on, are refused. The first goes with the emergency only. */
export function classesShed({ level, pressure }: Overload, classes: number, shedsClasses: boolean): number {
  if (level === 'emergency') return classes;
  if (level !== 'shedding' || !shedsClasses || classes < 2) return 0;
  const [, , begins = 1, ends = 2] = EDGES;
  const share = Math.min(1, Math.max(0, (pressure - begins) / (ends - begins)));
  return Math.min(classes - 1, 1 + Math.floor(share * (classes - 1)));
}

/** Null: a message of this rank may come. What settles always may. */
export function shed(state: State, priority: string): Refusal | null {
  const { refuses, shedsClasses } = state.limits.overload;
  if (!refuses || state.overload.level === 'normal') return null;
  const rank = rankOf(state.priorities, priority);
  const classes = state.priorities.names.length;
  if (rank < classes - classesShed(state.overload, classes, shedsClasses)) return null;
  const { level, signal } = state.overload;
  const detail =
    level === 'emergency' ? `nothing is taken: ${signal}` : `this class of priority is not taken: ${signal}`;
  return { code: 'OVERLOADED', detail: `level ${level}, ${detail}`, retryAfterMs: OVERLOAD_RETRY_MS };
}

/** 1 at the watermark, 2 at the end. */
const scaled = (share: number, watermark: number): number =>
  share <= watermark ? share / watermark : 1 + (share - watermark) / (1 - watermark);

interface Signal {
  readonly name: string;
  readonly pressure: number;
}

export function signals(state: State, { memoryBytes, lagMs }: Pick<Load, 'memoryBytes' | 'lagMs'>): readonly Signal[] {
  const { overload, quotas } = state.limits;
  return [
    { name: 'backlog', pressure: scaled(backlogShare(state.usage.all, quotas.all), overload.backlogWatermark) },
    { name: 'memory', pressure: scaled(memoryBytes / overload.memoryBytes, overload.memoryWatermark) },
    { name: 'lag', pressure: scaled(lagMs / LAG_END_MS, LAG_HIGH_MS / LAG_END_MS) },
    // What is left in the open segment is for the more urgent ones.
    { name: 'disk', pressure: state.storageBlocked ? 1 : 0 },
  ];
}

const backlogShare = (usage: Usage, { ingress, ingressBytes, queued, queuedBytes }: Bounds): number =>
  Math.max(
    usage.messages / ingress,
    usage.bytes / ingressBytes,
    usage.queued / queued,
    usage.queuedBytes / queuedBytes,
  );

export function nextOverload(before: Overload, found: readonly Signal[], holdMs: number, nowMs: number): Overload {
  const most = found.reduce((a, b) => (b.pressure > a.pressure ? b : a), { name: '', pressure: 0 });
  const { name: signal, pressure } = most;
  const was = LEVELS.indexOf(before.level);
  const reached = EDGES.findLastIndex((edge) => pressure >= edge);
  const levelOf = (at: number): OverloadLevel => LEVELS[at] ?? 'normal';
  if (reached >= was) return { level: levelOf(reached), pressure, signal, belowSinceMs: null };
  if (pressure > (EDGES[was] ?? 0) - SLACK) return { level: before.level, pressure, signal, belowSinceMs: null };
  const belowSinceMs = before.belowSinceMs ?? nowMs;
  if (nowMs - belowSinceMs < holdMs) return { level: before.level, pressure, signal, belowSinceMs };
  return { level: levelOf(was - 1), pressure, signal, belowSinceMs: was - 1 > reached ? nowMs : null };
}

/** What was measured becomes the level; all of it is volatile. */
export function load(state: State, command: Load, { nowMs }: Moment): Decision {
  const found = signals(state, command);
  return {
    ...NOTHING,
    then: () => {
      state.overload = nextOverload(state.overload, found, state.limits.overload.holdMs, nowMs);
      state.counters.policyEvaluations += 1;
    },
  };
}
