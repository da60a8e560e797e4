// Events about schedules: what operators did to messages that wait for their time, and what became of recurring ones. Kind
// numbers are never used again.

import { CATCH_UPS, type CronPlan, OVERLAPS } from '../../../domain/cron.ts';
import type {
  Cancelled,
  CronDeclared,
  CronFire,
  CronPassed,
  CronRemoved,
  CronSteered,
  Rescheduled,
} from '../../../domain/event.ts';
import { asCronId } from '../../../domain/ids.ts';
import { type ByteReader, CodecFault } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { actor, bytes, count, isObject, json, numbers, real, record, text, truth } from './event-fields.ts';

export const rescheduled = record<Rescheduled>(40, 'rescheduled', {
  queue: count(),
  sequence: count(),
  dueMs: real,
  operator: actor,
});

export const cancelled = record<Cancelled>(41, 'cancelled', { queue: count(), sequences: numbers(), operator: actor });

const isPlan = (value: unknown): value is CronPlan =>
  isObject(value) &&
  ['expression', 'timezone', 'topic'].every((name) => typeof value[name] === 'string') &&
  (value['contentType'] === null || typeof value['contentType'] === 'string') &&
  isObject(value['headers']) &&
  Object.values(value['headers']).every((header) => typeof header === 'string') &&
  OVERLAPS.some((word) => word === value['overlap']) &&
  CATCH_UPS.some((word) => word === value['catchUp']) &&
  typeof value['catchUpMax'] === 'number';

export const cronDeclared = record<CronDeclared>(42, 'cron-declared', {
  cron: count(),
  tenant: text,
  name: text,
  plan: json(isPlan),
  body: bytes,
  atMs: real,
  nextMs: real,
  operator: actor,
});

export const cronRemoved = record<CronRemoved>(43, 'cron-removed', { cron: count(), operator: actor });

export const cronSteered = record<CronSteered>(44, 'cron-steered', {
  cron: count(),
  paused: truth,
  nextMs: real,
  operator: actor,
});

export const cronPassed = record<CronPassed>(45, 'cron-passed', {
  cron: count(),
  atMs: real,
  nextMs: real,
  skipped: count(),
  missed: count(),
  refused: count(),
  error: text,
});

/** Behind the other parts of an `accepted`. */
export const cronFire = {
  write: (to: ByteWriter, { cron, name, dueMs, nextMs, skipped, missed }: CronFire): void => {
    to.varint(cron);
    to.text(name);
    to.f64(dueMs);
    to.f64(nextMs);
    to.varint(skipped);
    to.varint(missed);
  },
  read: (from: ByteReader): CronFire => {
    const cron = asCronId(from.varint());
    const name = from.text();
    const dueMs = from.f64();
    const nextMs = from.f64();
    if (!(dueMs >= 0 && nextMs >= 0)) throw new CodecFault('times of a schedule that are none');
    return { cron, name, dueMs, nextMs, skipped: from.varint(), missed: from.varint() };
  },
};
