// What operators do in a storm, and what each of it means to the model.

import type { QueuePolicy } from '../../../domain/queue-policy.ts';
import type { Auditor } from '../audit/auditor.ts';
import type { Model } from '../audit/model.ts';
import { ONCE, type QueuePlan, TEMP } from '../plan.ts';
import type { Random } from '../random.ts';
import type { Task } from './operator.ts';

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

export function operatorsWhim(
  random: Random,
  model: Model,
  auditor: Auditor,
  queues: readonly QueuePlan[],
  topics: readonly string[],
): Task {
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
      return { word: 'queues.browse', args: { queue: name, limit: 20 } };
    case 7:
      return { word: 'dlq.list', args: { limit: 20 } };
    case 8:
    case 9:
      return replay(name === ONCE ? TEMP : name, random.pick(topics), auditor);
    default:
      return { word: 'queues.declare', args: { ...WHO, queue: name === ONCE ? TEMP : name, patterns: [] } };
  }
}

/** What was dead is owed again, and comes out of its turn. */
const replay = (queue: string, topic: string, auditor: Auditor): Task => ({
  word: 'dlq.replay',
  args: { ...WHO, queue, topic, target_consumer: queue, target_topic: topic, confirm: 'REPLAY' },
  said: () => {
    auditor.replayed(queue);
    return () => undefined;
  },
});

const purge = (queue: string, model: Model): Task => ({
  word: 'queues.purge',
  args: { ...WHO, queue, confirm: 'PURGE' },
  said: () => model.purge(queue),
});
