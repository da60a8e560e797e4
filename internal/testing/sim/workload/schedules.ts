// What operators do about times: they declare recurring schedules, and cancel and move messages that wait.

import type { Auditor } from '../audit/auditor.ts';
import { CRON_TOPIC } from '../audit/fires.ts';
import type { Model } from '../audit/model.ts';
import type { Plan } from '../plan.ts';
import type { Random } from '../random.ts';
import { WALL_START_MS } from '../world/sim-broker.ts';
import { declare } from './operations.ts';
import type { Task } from './operator.ts';

const WHO = { actor: 'olivia', reason: 'simulation' };
/** Of the body that says which message it is. */
const BODY_BYTES = 8;

/** A queue of their own, which nobody purges, and the schedules that fill it. */
export function schedulesOf({ schedules = [], settings }: Plan, model: Model): readonly Task[] {
  if (schedules.length === 0) return [];
  const queue = { name: 'cron', patterns: ['cron.>'], policy: { ...settings.defaultPolicy, returnsMax: 100 } };
  return [
    declare(queue, model),
    ...schedules.map(({ periodMs, overlap, catchUp }) => ({
      word: 'cron.declare',
      args: {
        ...WHO,
        name: `every-${periodMs}`,
        cron: `@every ${periodMs}`,
        topic: `${CRON_TOPIC}${periodMs}`,
        payload: 'dGljaw==',
        overlap,
        catch_up: catchUp,
      },
    })),
  ];
}

interface Listed {
  readonly queue: string;
  readonly sequence: number;
  readonly payload?: string;
}

/** Some of what waits, as operators find it: cancelled, or given another time. */
export const scheduleWhim = (random: Random, auditor: Auditor): Task => ({
  word: 'schedules.list',
  args: { limit: 30, body_bytes: BODY_BYTES },
  then: (result) => {
    const { items } = result as { readonly items: readonly Listed[] };
    const known = items.filter(({ payload }) => payload !== undefined);
    if (known.length === 0) return null;
    const { queue } = random.pick(known);
    const some = known.filter((one) => one.queue === queue && random.bool(0.6));
    const [first] = some;
    if (first === undefined) return null;
    return random.bool() ? cancel(queue, some, auditor) : move(first, random.int(400), auditor);
  },
});

const numberOf = ({ payload = '' }: Listed): number => Buffer.from(payload, 'base64').readUInt32LE(0);

function cancel(queue: string, messages: readonly Listed[], auditor: Auditor): Task {
  const done = new Map<number, () => void>();
  return {
    word: 'schedules.cancel',
    args: { ...WHO, queue, sequences: messages.map(({ sequence }) => sequence), confirm: 'CANCEL' },
    said: () => {
      for (const message of messages) done.set(message.sequence, auditor.cancelling(queue, numberOf(message)));
      return () => undefined;
    },
    then: (result) => {
      for (const { sequence } of (result as { failures: readonly Listed[] }).failures) done.delete(sequence);
      for (const tell of done.values()) tell();
      return null;
    },
  };
}

function move(message: Listed, delayMs: number, auditor: Auditor): Task {
  const { queue, sequence } = message;
  let done: (dueMs: number) => void = () => undefined;
  return {
    word: 'schedules.move',
    args: { ...WHO, queue, sequence, delay_ms: delayMs },
    said: () => {
      done = auditor.moving(queue, numberOf(message));
      return () => undefined;
    },
    then: (result) => {
      done(Date.parse((result as { due_at: string }).due_at) - WALL_START_MS);
      return null;
    },
  };
}
