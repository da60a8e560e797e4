// What a command may do. Pure but for what a decision's `then` will do when its events have been applied: a throw in
// here refuses the command and changes nothing.

import { assertNever } from './assert.ts';
import type { BodyDamaged, Command, Relocate } from './command.ts';
import { type Decision, draft, type Moment, NOTHING, refuseOperator } from './decision.ts';
import { acceptedAtMsAt, classAt, failedAt, hasTraits, laneAt, READY, returnedAt, statusAt } from './entry-table.ts';
import type { RelocatedEntry } from './event.ts';
import { asQueueId } from './ids.ts';
import type { Traits } from './message-traits.ts';
import { audited, putOnRecord } from './rules/audit.ts';
import { declareCron, removeCron, runCron, steerCron } from './rules/cron.ts';
import {
  addDeadLetter,
  cancelJob,
  endJob,
  purgeDeadLetters,
  replayDeadLetters,
  startJob,
} from './rules/dead-letters.ts';
import { fetch } from './rules/deliver.ts';
import { hello } from './rules/hello.ts';
import { openInbox, withoutInboxes } from './rules/inbox.ts';
import { steerKey } from './rules/keys.ts';
import { copyLetters, owing } from './rules/letter-copies.ts';
import {
  addRoute,
  bindQueue,
  declareQueue,
  deleteQueue,
  importCatalog,
  importDeadLetters,
  purgeQueue,
  removeRoute,
  steerQueue,
} from './rules/operate.ts';
import { publish } from './rules/publish.ts';
import { deregister, peerBlocked, peerGone, register } from './rules/register.ts';
import { cancelScheduled, moveScheduled } from './rules/schedules.ts';
import { addSchema, removeSchema } from './rules/schemas.ts';
import { ack, extend, nack } from './rules/settle.ts';
import { load } from './rules/shedding.ts';
import { start } from './rules/start.ts';
import { steerConsumer } from './rules/steer-consumer.ts';
import { stalled, tick } from './rules/time.ts';
import type { State } from './state.ts';

export const decide = (state: State, command: Command, moment: Moment): Decision =>
  audited(state, command, moment, owing(state, ruled(state, command, moment)));

function ruled(state: State, command: Command, moment: Moment): Decision {
  switch (command.type) {
    case 'publish':
      return publish(state, command, moment);
    case 'open-inbox':
      return openInbox(state, command);
    case 'ack':
      return ack(state, command);
    case 'nack':
      return nack(state, command, moment);
    case 'extend':
      return extend(state, command, moment);
    case 'fetch':
      return fetch(state, command, moment);
    case 'hello':
      return hello(state, command, moment);
    case 'register':
      return register(state, command, moment);
    case 'deregister':
      return deregister(state, command, moment);
    case 'peer-gone':
      return withoutInboxes(state, command.peer, peerGone(state, command, moment));
    case 'peer-blocked':
      return peerBlocked(state, command);
    case 'tick':
      return tick(state, moment);
    case 'load':
      return load(state, command, moment);
    case 'stalled':
      return stalled(state, command);
    case 'start':
      return start(state, moment);
    case 'declare-queue':
      return declareQueue(state, command);
    case 'bind-queue':
      return bindQueue(state, command);
    case 'delete-queue':
      return deleteQueue(state, command);
    case 'purge-queue':
      return purgeQueue(state, command);
    case 'steer-queue':
      return steerQueue(state, command);
    case 'steer-consumer':
      return steerConsumer(state, command);
    case 'steer-key':
      return steerKey(state, command, moment);
    case 'add-route':
      return addRoute(state, command);
    case 'remove-route':
      return removeRoute(state, command);
    case 'add-schema':
      return addSchema(state, command, moment);
    case 'remove-schema':
      return removeSchema(state, command);
    case 'import-catalog':
      return importCatalog(state, command);
    case 'import-dead-letters':
      return importDeadLetters(state, command, moment);
    case 'replay-dead-letters':
      return replayDeadLetters(state, command, moment);
    case 'purge-dead-letters':
      return purgeDeadLetters(state, command, moment);
    case 'add-dead-letter':
      return addDeadLetter(state, command, moment);
    case 'start-job':
      return startJob(state, command, moment);
    case 'end-job':
      return endJob(state, command, moment);
    case 'cancel-job':
      return cancelJob(state, command, moment);
    case 'cancel-scheduled':
      return cancelScheduled(state, command, moment);
    case 'move-scheduled':
      return moveScheduled(state, command, moment);
    case 'declare-cron':
      return declareCron(state, command, moment);
    case 'remove-cron':
      return removeCron(state, command);
    case 'steer-cron':
      return steerCron(state, command, moment);
    case 'run-cron':
      return runCron(state, command, moment);
    case 'refuse-operator':
      return refuseOperator(command.request, command.refusal);
    case 'put-on-record':
      return putOnRecord(state, command, moment);
    case 'relocate':
      return relocate(state, command);
    case 'copy-letters':
      return copyLetters(state, command, moment);
    case 'body-damaged':
      return bodyDamaged(state, command);
    case 'restate':
      return {
        drafts: [draft({ type: 'delivery-ids-reserved', through: state.reservedThrough })],
        effects: [],
        urgent: false,
      };
    case 'drain':
      return {
        ...NOTHING,
        then: () => {
          state.draining = true;
        },
      };
    default:
      return assertNever(command);
  }
}

/** Copies a live block forward, with what its accept and later events had made of it. */
function relocate(state: State, command: Relocate): Decision {
  const entries: RelocatedEntry[] = [];
  let traits: Traits | null = null;
  for (const id of command.queueIds) {
    const place = state.queues.get(asQueueId(id))?.entries.find(command.sequence) ?? null;
    if (place === null) continue;
    if (hasTraits(place)) traits = { class: classAt(place), lane: laneAt(place) };
    entries.push({
      queue: asQueueId(id),
      acceptedAtMs: acceptedAtMsAt(place),
      failed: failedAt(place),
      returned: returnedAt(place),
    });
  }
  if (entries.length === 0) return NOTHING;
  const queues = entries.map(({ queue }) => queue);
  const { sequence, block } = command;
  const relocated = draft({ type: 'relocated', sequence, length: block.length, entries }, [block]);
  return {
    drafts: traits === null ? [relocated] : [relocated, draft({ type: 'traits-carried', sequence, queues, ...traits })],
    effects: [],
    urgent: false,
  };
}

/** The message stays where it is: it is counted, shown, and not dispatched, until somebody repairs or purges it. */
function bodyDamaged(state: State, command: BodyDamaged): Decision {
  const queue = state.queues.get(asQueueId(command.queueId));
  const place = queue?.entries.find(command.sequence) ?? null;
  // One that is leased or waits will be read again, and found damaged again, when its turn comes.
  if (queue === undefined || place === null || statusAt(place) !== READY) return NOTHING;
  return {
    ...NOTHING,
    then: () => {
      queue.unreadable.add(command.sequence);
      state.wake([queue]);
    },
  };
}
