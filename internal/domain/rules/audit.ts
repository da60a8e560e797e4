// The audit log's source: each change that an operator makes, and each that was refused, is one event beside what it
// changed. The log is a projection of these events and of nothing else.

import type { Command, PutOnRecord } from '../command.ts';
import { type Decision, type Draft, draft, type Moment, NOTHING } from '../decision.ts';
import type { OperatorReply } from '../effect.ts';
import type { ActionFacts, Operator } from '../event.ts';
import type { OperatorRequest } from '../operator-command.ts';
import type { State } from '../state.ts';
import { cronFacts } from './cron.ts';
import { scheduledFacts } from './schedules.ts';
import { steeredFacts } from './steer-consumer.ts';

/** Names and answers in one line are cut, so that an event stays far below a group. */
const FACTS_CHARACTERS_MAX = 16 * 1024;
const TARGET_CHARACTERS_MAX = 256;

export function recorded(
  { nowMs }: Moment,
  operator: Operator,
  operation: string,
  outcome: string,
  targets: readonly string[],
  prior: readonly ActionFacts[],
  resulting: readonly ActionFacts[],
): Draft {
  return draft({
    type: 'operator-action',
    atMs: nowMs,
    operator,
    operation,
    outcome,
    targets: [...new Set(targets.map((id) => id.slice(0, TARGET_CHARACTERS_MAX)))].sort(),
    prior: bounded(prior),
    resulting: bounded(resulting),
  });
}

/** A record of its own, which nobody's answer waits for; on a full disk it waits for room. */
export function putOnRecord(state: State, command: PutOnRecord, moment: Moment): Decision {
  if (!state.hasControlRoom) return NOTHING;
  const { operator, operation, prior, resulting } = command;
  const drafts = [recorded(moment, operator, operation, 'done', [], prior, resulting)];
  return { drafts, effects: [], urgent: true };
}

const bounded = (facts: readonly ActionFacts[]): readonly ActionFacts[] =>
  JSON.stringify(facts).length <= FACTS_CHARACTERS_MAX
    ? facts
    : [{ omitted: 'too long for one line', count: facts.length }];

/** Puts an operator's command on record, done or refused; its answer then waits for the record. */
export function audited(state: State, command: Command, moment: Moment, decision: Decision): Decision {
  const subject = subjectOf(state, command);
  if (subject === null) return decision;
  const reply = decision.effects.find((effect): effect is OperatorReply => effect.type === 'operator-reply');
  const { operator, operation, targets, prior } = subject;
  if (reply === undefined) {
    // The import at the start: nobody is answered, and most often there is nothing to do.
    if (decision.drafts.length === 0) return decision;
    return {
      ...decision,
      drafts: [...decision.drafts, recorded(moment, operator, operation, 'done', targets, prior, [])],
    };
  }
  const { outcome } = reply;
  if (!outcome.ok && !state.hasControlRoom) return decision;
  const record = outcome.ok
    ? recorded(moment, operator, operation, 'done', targets, prior, [outcome.result as ActionFacts])
    : recorded(moment, operator, operation, outcome.refusal.code, targets, prior, [{ detail: outcome.refusal.detail }]);
  return {
    ...decision,
    drafts: [...decision.drafts, record],
    effects: decision.effects.map((effect) => (effect === reply ? { ...reply, gated: true } : effect)),
    urgent: true,
  };
}

interface Subject {
  readonly operator: Operator;
  readonly operation: string;
  readonly targets: readonly string[];
  readonly prior: readonly ActionFacts[];
}

/** Who does what to what; null for commands that are no operator's, or that record themselves. */
function subjectOf(state: State, command: Command): Subject | null {
  const of = (
    request: OperatorRequest,
    operation: string,
    prior: readonly ActionFacts[],
    targets: readonly string[] = [],
  ) => ({
    operator: request.operator,
    operation,
    targets,
    prior,
  });
  switch (command.type) {
    case 'declare-queue':
    case 'bind-queue':
    case 'delete-queue':
    case 'purge-queue':
    case 'steer-queue':
      return of(command.request, operationOf(command), [queueFacts(state, command.tenant, command.name)]);
    case 'steer-consumer':
      return of(command.request, `${command.word}_consumer`, [steeredFacts(state, command.tenant, command.consumer)]);
    case 'steer-key': {
      const { tenant, name, key } = command;
      return of(command.request, `${command.word}_key`, [{ ...queueFacts(state, tenant, name), key }]);
    }
    case 'add-route': {
      const { tenant, pattern, queueName } = command.route;
      return of(command.request, 'add_route', [{ tenant_id: tenant, pattern, destination_id: queueName }]);
    }
    case 'remove-route': {
      const { tenant, pattern, queueName } = command;
      return of(command.request, 'remove_route', [{ tenant_id: tenant, pattern, destination_id: queueName ?? '' }]);
    }
    case 'add-schema':
    case 'remove-schema':
      return of(command.request, operationOf(command), [
        { schema: command.name, exists: state.schemas.has(command.name) },
      ]);
    case 'import-catalog':
      return {
        operator: command.operator,
        operation: 'import_catalog',
        targets: [],
        prior: [{ digest: command.digest }],
      };
    case 'import-dead-letters':
      return of(command.request, 'import_dead_letters', [{ digest: command.digest, records: command.records.length }]);
    case 'add-dead-letter':
      return of(
        command.request,
        'manual_dead_letter',
        [queueFacts(state, command.tenant, command.queueName)],
        [command.messageId],
      );
    case 'start-job':
      return of(command.request, `start_${command.order.kind}_job`, [
        { filter: command.order.filter, total: command.total },
      ]);
    case 'cancel-job':
      return of(command.request, 'cancel_job', [{ job: command.job }]);
    case 'declare-cron':
    case 'remove-cron':
    case 'steer-cron':
    case 'run-cron': {
      const word = command.type === 'steer-cron' ? command.word : command.type.replace('-cron', '');
      return of(command.request, `${word}_schedule`, [cronFacts(state, command)]);
    }
    case 'cancel-scheduled':
    case 'move-scheduled': {
      // What would be done is only told.
      if (command.dryRun) return null;
      const targets = command.type === 'cancel-scheduled' ? command.targets : [command.target];
      const operation = command.type === 'cancel-scheduled' ? 'cancel_scheduled' : 'move_scheduled';
      const ids = targets.map(({ messageId }) => messageId);
      return of(command.request, operation, scheduledFacts(state, command), ids);
    }
    case 'refuse-operator':
      return of(command.request, command.operation, [], command.targets);
    default:
      return null;
  }
}

const operationOf = (command: Command): string =>
  command.type === 'steer-queue' ? `${command.word}_queue` : command.type.replace('-', '_');

function queueFacts(state: State, tenant: string, name: string): ActionFacts {
  const queue = state.queueNamed(tenant, name);
  if (queue === undefined) return { queue: name, tenant_id: tenant, exists: false };
  return { queue: name, tenant_id: tenant, depth: queue.depth, dead_letters: queue.dead.size };
}
