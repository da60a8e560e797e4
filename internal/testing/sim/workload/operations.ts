// What operators do in a storm, and what each of it means to the model.

import type { QueuePolicy } from '../../../domain/queue-policy.ts';
import type { Auditor } from '../audit/auditor.ts';
import type { Model } from '../audit/model.ts';
import { ONCE, type QueuePlan, TEMP } from '../plan.ts';
import type { Random } from '../random.ts';
import type { Task } from './operator.ts';
import { parityOf } from './producer.ts';

const WHO = { actor: 'olivia', reason: 'simulation' };

const policyArgs = (policy: QueuePolicy): Record<string, number> => ({
  lease_ms: policy.leaseMs,
  attempts_max: policy.attemptsMax,
  returns_max: policy.returnsMax,
  backoff_initial_ms: policy.backoffInitialMs,
  backoff_max_ms: policy.backoffMaxMs,
});

/** Certain only when it was answered without an error. */
const ifDone =
  (done: () => void) =>
  (code: string | null): void => {
    if (code === null) done();
  };

export const declare = ({ name, patterns, policy }: QueuePlan, model: Model): Task => ({
  word: 'queues.declare',
  args: { ...WHO, queue: name, patterns, ...policyArgs(policy) },
  said: () => {
    const bound = patterns.map((pattern) => model.bind(pattern, name));
    return ifDone(() => {
      for (const done of bound) done();
    });
  },
});

/** The queue's one route, with its condition. */
export const bindParity = ({ name, patterns, parity }: QueuePlan, model: Model): Task => ({
  word: 'routes.add',
  args: {
    ...WHO,
    pattern: patterns[0],
    destination_id: name,
    when: [{ header: 'parity', operator: 'equals', value: parity }],
  },
  said: () => ifDone(model.bind(patterns[0] as string, name, (page) => parityOf(page) === parity)),
});

/** Consumers that operators hold back and let go. */
export const STEERED = ['orders-1', 'orders-2', 'eu-1', 'temp-1'] as const;

export const steer = (consumer: string, word: 'pause' | 'drain' | 'resume'): Task => ({
  word: `consumers.${word}`,
  args: { ...WHO, consumer_id: consumer },
});

export function operatorsWhim(random: Random, model: Model, auditor: Auditor, queues: readonly QueuePlan[]): Task {
  const { name } = random.pick(queues);
  const temp = queues.find((queue) => queue.name === TEMP) as QueuePlan;
  const pattern = random.pick(['temp.>', 'temp.thing', 'orders.a.*', 'nowhere.>']);
  switch (random.int(11)) {
    case 0:
      return purge(name, model);
    case 1:
      return { word: 'queues.delete', args: { ...WHO, queue: TEMP, force: true }, said: () => model.delete(TEMP) };
    case 2:
      return declare(temp, model);
    case 3:
      return {
        word: 'queues.bind',
        args: { ...WHO, queue: TEMP, patterns: [pattern] },
        said: () => ifDone(model.bind(pattern, TEMP)),
      };
    case 4:
      return {
        word: 'routes.add',
        args: { ...WHO, pattern, destination_id: TEMP, priority: random.int(5) },
        said: () => ifDone(model.bind(pattern, TEMP)),
      };
    case 5:
      return {
        word: 'routes.remove',
        args: { ...WHO, pattern, destination_id: TEMP },
        said: () => model.unbind(pattern, TEMP),
      };
    case 6:
      if (random.bool(0.7)) return steer(random.pick(STEERED), random.pick(['pause', 'drain', 'resume'] as const));
      return { word: 'queues.browse', args: { queue: name, limit: 20 } };
    case 7:
    case 8:
    case 9:
      return lookAndReplay(random, auditor);
    default:
      return { word: 'queues.declare', args: { ...WHO, queue: name === ONCE ? TEMP : name, patterns: [] } };
  }
}

interface Listed {
  readonly queue: string;
  readonly topic: string;
  readonly message_id?: string;
  readonly enqueue_sequence: number;
}

/** As operators do: some of what lies in the list, where it came from. */
const lookAndReplay = (random: Random, auditor: Auditor): Task => ({
  word: 'dlq.list',
  args: { limit: 20 },
  then: (result) => {
    const { items } = result as { readonly items: readonly Listed[] };
    const known = items.filter(({ queue, message_id: id = '' }) => queue !== ONCE && id !== '');
    if (known.length === 0) return null;
    const { queue, topic } = random.pick(known);
    return replay(
      known.filter((one) => one.queue === queue && one.topic === topic),
      auditor,
    );
  },
});

/** What was dead is owed again, and comes out of its turn. All of one queue and topic, at least one. */
const replay = (records: readonly Listed[], auditor: Auditor): Task => {
  const { queue, topic } = records[0] as Listed;
  const ids = records.map(({ message_id: id }) => id);
  return {
    word: 'dlq.replay',
    args: { ...WHO, ids, queue, target_consumer: queue, target_topic: topic, confirm: 'REPLAY' },
    said: () => {
      for (const { enqueue_sequence: sequence } of records) auditor.replayed(queue, sequence);
      return () => undefined;
    },
  };
};

const purge = (queue: string, model: Model): Task => ({
  word: 'queues.purge',
  args: { ...WHO, queue, confirm: 'PURGE' },
  said: () => model.purge(queue),
});
