// What operators do: declare, delete and purge queues, add and remove routes, import the earlier system's files.
// Each is an event with actor and reason, and is answered when that event is durable.

import { answerOperator, type Decision, type Draft, draft, type Moment, NOTHING, refuseOperator } from '../decision.ts';
import { leasesOf } from '../entry-moves.ts';
import { READY, WAITING } from '../entry-table.ts';
import { asSequence } from '../ids.ts';
import { begunMark } from '../import-marks.ts';
import type {
  AddRoute,
  BindQueue,
  DeclareQueue,
  DeleteQueue,
  ImportCatalog,
  ImportDeadLetters,
  PurgeQueue,
  RemoveRoute,
  SteerQueue,
} from '../operator-command.ts';
import { policyFault, type QueuePolicy } from '../queue-policy.ts';
import { canonicalConditions } from '../route-condition.ts';
import type { State } from '../state.ts';
import { Binder } from './binding.ts';
import { BindingError } from './binding-error.ts';
import { leasesEnded } from './failure.ts';
import { newLetter } from './new-letter.ts';
import { conditionsKey } from './route-traits.ts';

/** Runs what binds; a refusal of it refuses the whole command. */
function binding(request: DeclareQueue['request'] | null, run: () => Decision): Decision {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof BindingError)) throw error;
    if (request === null) throw error;
    return refuseOperator(request, error.refusal);
  }
}

export function declareQueue(state: State, command: DeclareQueue): Decision {
  const { request, tenant, name } = command;
  const policy: QueuePolicy = { ...state.defaultPolicy, ...command.policy };
  return binding(request, () => {
    const known = state.queueNamed(tenant, name);
    const fault = policyFault(policy);
    if (fault !== null) return refuseOperator(request, { code: 'INVALID_ARGUMENT', detail: fault });
    if (known !== undefined && !agrees(known.policy, command.policy)) {
      return refuseOperator(request, { code: 'QUEUE_EXISTS', detail: `queue "${name}" has another policy` });
    }
    const binder = new Binder(state, 'operator', request.operator);
    binder.queue(tenant, name, policy);
    for (const pattern of command.patterns) binder.bind(tenant, pattern, name);
    return {
      drafts: binder.drafts,
      effects: [answerOperator(request, { queue: name, created: known === undefined, bound: command.patterns })],
      urgent: true,
    };
  });
}

/** What a declaration does not say, it does not mind. */
const agrees = (policy: QueuePolicy, wish: Partial<QueuePolicy>): boolean =>
  (Object.keys(wish) as (keyof QueuePolicy)[]).every((key) => wish[key] === policy[key]);

export function bindQueue(state: State, command: BindQueue): Decision {
  const { request, tenant, name, patterns } = command;
  if (state.queueNamed(tenant, name) === undefined) {
    return refuseOperator(request, { code: 'QUEUE_NOT_FOUND', detail: `queue "${name}"` });
  }
  return binding(request, () => {
    const binder = new Binder(state, 'operator', request.operator);
    for (const pattern of patterns) binder.bind(tenant, pattern, name);
    return {
      drafts: binder.drafts,
      effects: [answerOperator(request, { queue: name, bound: patterns })],
      urgent: true,
    };
  });
}

export function deleteQueue(state: State, command: DeleteQueue): Decision {
  const { request, tenant, name, force } = command;
  const queue = state.queueNamed(tenant, name);
  if (queue === undefined) return refuseOperator(request, { code: 'QUEUE_NOT_FOUND', detail: `queue "${name}"` });
  if (!force && queue.entries.size > 0) {
    const detail = `queue "${name}" holds ${queue.depth} messages and ${queue.dead.size} dead letters`;
    return refuseOperator(request, { code: 'QUEUE_NOT_EMPTY', detail });
  }
  if (!force && queue.consumers.length > 0) {
    return refuseOperator(request, {
      code: 'QUEUE_IN_USE',
      detail: `queue "${name}" has ${queue.consumers.length} consumers`,
    });
  }
  const removed = { messages: queue.depth, dead_letters: queue.dead.size };
  return {
    drafts: [draft({ type: 'queue-deleted', queue: queue.id, cause: 'deleted', operator: request.operator })],
    effects: [...leasesEnded(leasesOf(state, queue), queue.name), answerOperator(request, { queue: name, removed })],
    urgent: true,
  };
}

export function purgeQueue(state: State, command: PurgeQueue): Decision {
  const { request, tenant, name } = command;
  const queue = state.queueNamed(tenant, name);
  if (queue === undefined) return refuseOperator(request, { code: 'QUEUE_NOT_FOUND', detail: `queue "${name}"` });
  let purged = 0;
  for (const { chunk, row } of queue.entries.places()) {
    if (chunk.status[row] === READY || chunk.status[row] === WAITING) purged += 1;
  }
  const through = asSequence(state.nextSequence - 1);
  return {
    drafts: [draft({ type: 'queue-purged', queue: queue.id, through, operator: request.operator })],
    effects: [answerOperator(request, { queue: name, purged, leased: queue.leased })],
    urgent: true,
    then: () => {
      state.counters.purged += purged;
    },
  };
}

export function steerQueue(state: State, command: SteerQueue): Decision {
  const { request, tenant, name, word } = command;
  const queue = state.queueNamed(tenant, name);
  if (queue === undefined) return refuseOperator(request, { code: 'QUEUE_NOT_FOUND', detail: `queue "${name}"` });
  const { operator } = request;
  const { id, depth, leased } = queue;
  const paused = word === 'pause' || (word !== 'resume' && queue.paused);
  const draining = word === 'drain' || (word !== 'resume' && queue.draining);
  const drafts: Draft[] = [];
  if (queue.paused !== paused) drafts.push(draft({ type: 'queue-paused', queue: id, paused, operator }));
  if (queue.draining !== draining) drafts.push(draft({ type: 'queue-draining', queue: id, draining, operator }));
  const effects = [answerOperator(request, { queue: name, paused, draining, depth, leased })];
  return { drafts, effects, urgent: true };
}

export function addRoute(state: State, command: AddRoute): Decision {
  const { request, route } = command;
  return binding(request, () => {
    const binder = new Binder(state, 'operator', request.operator);
    const outcome = binder.route(route);
    return {
      drafts: binder.drafts,
      effects: [answerOperator(request, { pattern: route.pattern, outcome })],
      urgent: true,
    };
  });
}

export function removeRoute(state: State, command: RemoveRoute): Decision {
  const { request, tenant, pattern, queueName, when } = command;
  const conditions =
    when === undefined ? null : conditionsKey(when.length === 0 ? {} : { when: canonicalConditions(when) });
  const drafts: Draft[] = [];
  for (const route of state.routes.values()) {
    if (route.tenant !== tenant || route.pattern !== pattern) continue;
    if (queueName !== null && route.queueName !== queueName) continue;
    if (conditions !== null && conditionsKey(route) !== conditions) continue;
    drafts.push(draft({ type: 'route-removed', route: route.route, operator: request.operator }));
  }
  if (drafts.length === 0) {
    const target = queueName === null ? '' : ` to "${queueName}"`;
    return refuseOperator(request, { code: 'ROUTE_NOT_FOUND', detail: `no route "${pattern}"${target}` });
  }
  return { drafts, effects: [answerOperator(request, { pattern, removed: drafts.length })], urgent: true };
}

export function importCatalog(state: State, command: ImportCatalog): Decision {
  const { request, operator, digest, routes } = command;
  if (state.imports.has(digest)) {
    if (request === null) return NOTHING;
    return refuseOperator(request, { code: 'ALREADY_IMPORTED', detail: `digest ${digest}` });
  }
  return binding(request, () => {
    const binder = new Binder(state, 'catalog', operator);
    const outcomes = { added: 0, changed: 0, kept: 0 };
    for (const wish of routes) outcomes[binder.route(wish)] += 1;
    return {
      drafts: [...binder.drafts, draft({ type: 'imported', kind: 'catalog', digest, operator })],
      effects:
        request === null
          ? []
          : [answerOperator(request, { routes: routes.length, ...outcomes, refused: command.refused })],
      urgent: true,
    };
  });
}

/** Between two marks, so that a crash in the middle leaves nothing of it: see import-marks.ts. */
export function importDeadLetters(state: State, command: ImportDeadLetters, moment: Moment): Decision {
  const { request, digest, records } = command;
  if (state.imports.has(digest))
    return refuseOperator(request, { code: 'ALREADY_IMPORTED', detail: `digest ${digest}` });
  if (state.deadLetters + records.length > state.limits.deadLettersMax) {
    const detail = `${state.deadLetters} dead letters are held, at most ${state.limits.deadLettersMax} may be`;
    return refuseOperator(request, { code: 'BUSY', detail });
  }
  const bytes = records.reduce((sum, record) => sum + record.block.length + 256, 0);
  if (bytes > state.freeBytes)
    return refuseOperator(request, { code: 'STORAGE_FULL', detail: `${bytes} bytes are needed` });
  return binding(request, () => {
    const binder = new Binder(state, 'catalog', request.operator);
    const moves: Draft[] = [];
    const begun = begunMark(digest, state.nextSequence);
    let sequence: number = state.nextSequence;
    for (const { tenant, queueName, block, atMs, reason, history } of records) {
      const queue = binder.queue(tenant, queueName);
      moves.push(
        ...newLetter(block, moment, {
          queue,
          sequence: asSequence(sequence),
          atMs,
          cause: 'imported',
          reason,
          history,
          operator: request.operator,
        }),
      );
      sequence += 1;
    }
    return {
      drafts: [
        ...binder.drafts,
        draft({ type: 'imported', kind: 'dlq', digest: begun, operator: request.operator }),
        ...moves,
        draft({ type: 'imported', kind: 'dlq', digest, operator: request.operator }),
      ],
      effects: [answerOperator(request, { imported: records.length, refused: command.refused })],
      urgent: true,
    };
  });
}
