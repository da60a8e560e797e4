// What operators ask to be done with dead letters, checked: nothing goes on without the word of confirmation, without
// saying which records are meant, or, for a replay, without restating where they go.

import { encodeBlock, FORM_RAW } from '../../../pkg/protocol/block.ts';
import { checkName, checkTopic } from '../../../pkg/protocol/topic.ts';
import type { JobOrder } from '../../domain/dead-letter-order.ts';
import type { AddDeadLetter, OperatorRequest } from '../../domain/operator-command.ts';
import { Args, ArgumentFault } from './args.ts';
import { FILTER, filterOf, isSelective } from './letter-filter.ts';
import { operator } from './operator-words.ts';
import { ACTOR, reasonIn } from './said.ts';

type Asker = Omit<OperatorRequest, 'operator'>;

export interface LetterOrder {
  readonly request: OperatorRequest;
  readonly order: JobOrder;
  readonly dryRun: boolean;
}

const ORDER = [...FILTER, ...ACTOR, 'confirm', 'dry_run', 'rate_per_second'] as const;
const RATE_MAX = 1_000_000;
const MESSAGE_ID_BYTES_MAX = 1_024;

/** Throws an ArgumentFault, as the others do. */
export function replayOrder(asker: Asker, given: unknown): LetterOrder {
  const args = new Args(given, [...ORDER, 'target_consumer', 'target_topic', 'to_queue']);
  const toQueue = args.textOrNull('to_queue');
  const targetConsumer = args.textOrNull('target_consumer');
  const targetTopic = args.textOrNull('target_topic');
  const checked = checkedOrder(asker, args, { kind: 'replay', targetConsumer, targetTopic, toQueue });
  if (!isSelective(checked.order.filter)) throw new ArgumentFault('name ids or a filter', 'SELECTOR_REQUIRED');
  if (toQueue !== null) checkQueueName(toQueue);
  else if (targetConsumer === null || targetTopic === null) {
    throw new ArgumentFault(
      'say "target_consumer" (or their queue) and "target_topic", as they were, or "to_queue"',
      'TARGET_REQUIRED',
    );
  }
  return checked;
}

export function purgeOrder(asker: Asker, given: unknown): LetterOrder {
  const args = new Args(given, [...ORDER, 'all']);
  const checked = checkedOrder(asker, args, { kind: 'purge', targetConsumer: null, targetTopic: null, toQueue: null });
  if (!isSelective(checked.order.filter) && !args.flag('all', false)) {
    throw new ArgumentFault('name ids or a filter, or say "all"', 'SELECTOR_REQUIRED');
  }
  return checked;
}

function checkedOrder(asker: Asker, args: Args, wish: Omit<JobOrder, 'filter' | 'ratePerSecond'>): LetterOrder {
  const dryRun = args.flag('dry_run', false);
  const word = wish.kind.toUpperCase();
  // A dry run changes nothing, and shows what the word would do.
  if (!dryRun && args.text('confirm', '') !== word) {
    throw new ArgumentFault(`the word is ${word}`, 'CONFIRMATION_REQUIRED');
  }
  const order = { ...wish, filter: filterOf(args), ratePerSecond: args.whole('rate_per_second', 0, RATE_MAX, 0) };
  return { request: operator(asker, args), order, dryRun };
}

function checkQueueName(name: string): void {
  const fault = checkName(name);
  if (fault !== null) throw new ArgumentFault(`"${name}" is no name of a queue`, fault);
}

/** A dead letter made by hand, in the queue of the consumer that is named, else in one named by its topic. */
export function letterByHand(asker: Asker, given: unknown, messageBytesMax: number): AddDeadLetter {
  const args = new Args(given, [
    'id',
    'topic',
    'consumer',
    'tenant_id',
    'session',
    'payload',
    'priority',
    'dead_letter_reason',
    ...ACTOR,
  ]);
  const messageId = args.text('id');
  const idBytes = new TextEncoder().encode(messageId).length;
  if (idBytes === 0 || idBytes > MESSAGE_ID_BYTES_MAX) {
    throw new ArgumentFault(`"id" must have 1 to ${MESSAGE_ID_BYTES_MAX} bytes`);
  }
  const topic = args.text('topic');
  const topicFault = checkTopic(topic);
  if (topicFault !== null) throw new ArgumentFault(`"${topic}"`, topicFault);
  const queueName = args.text('consumer', '') || topic;
  checkQueueName(queueName);
  const body = args.base64('payload');
  if (body.length > messageBytesMax) {
    throw new ArgumentFault(`a body of ${body.length} bytes, at most ${messageBytesMax}`, 'PAYLOAD_TOO_LARGE');
  }
  const priority = args.text('priority', '');
  const reason = reasonIn(args, 'dead_letter_reason', 'manual_admin_action');
  const attributes = priority === '' ? {} : { priority };
  const tenant = args.text('tenant_id', '');
  return {
    type: 'add-dead-letter',
    request: operator(asker, args),
    tenant,
    queueName,
    messageId,
    block: encodeBlock({ topic, messageId, attributes, form: FORM_RAW, body }),
    reason,
    result: {
      consumer_id: queueName,
      session_id: args.text('session', ''),
      tenant_id: tenant,
      topic,
      payload: args.text('payload', ''),
      priority,
      attempt: 0,
      cause: 'manual',
      reason,
      replay_count: 0,
      last_replay_at: null,
      last_replay_target: '',
    },
  };
}
