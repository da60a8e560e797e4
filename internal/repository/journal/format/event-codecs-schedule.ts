// Events about schedules: what operators did to messages that wait for their time. Kind numbers are never used again.

import type { Cancelled, Rescheduled } from '../../../domain/event.ts';
import { actor, count, numbers, real, record } from './event-fields.ts';

export const rescheduled = record<Rescheduled>(40, 'rescheduled', {
  queue: count(),
  sequence: count(),
  dueMs: real,
  operator: actor,
});

export const cancelled = record<Cancelled>(41, 'cancelled', { queue: count(), sequences: numbers(), operator: actor });
