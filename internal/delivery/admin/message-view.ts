// One message as people are shown it: what the state knows, and what its block says.

import { BlockView } from '../../../pkg/protocol/block.ts';
import { readText } from '../../../pkg/protocol/bytes.ts';
import { messageName } from '../../../pkg/protocol/delivered/facts.ts';
import { base64Json } from '../../../pkg/protocol/delivered/json-bytes.ts';
import type { AttemptRecord } from '../../domain/event.ts';
import { handOvers, lastReplayOf } from '../../domain/hand-overs.ts';
import { consumerOf, fingerprintOf } from '../../usecase/dead-letters/selection.ts';
import type { EntryView } from '../../usecase/inspect.ts';
import { timeText } from './time-text.ts';

/** base64Json gives a JSON string: its quotes go. */
function base64Of(bytes: Uint8Array): string {
  const json = base64Json(bytes);
  return readText(json, 1, json.length - 1);
}

/** One message must fit into a page, whatever was put beside its body and however often it failed. */
const ATTRIBUTES_SHOWN_CHARACTERS_MAX = 16 * 1024;
const ATTEMPTS_SHOWN_MAX = 20;

const FORMS = ['raw', 'event', 'envelope'] as const;

/** `bodyBytesMax`: how much of the body is shown; a longer one says so. */
export function messageView(entry: EntryView, block: Uint8Array | null, bodyBytesMax: number): object {
  const { queue, sequence, status, returned, acceptedAtMs } = entry;
  const state = {
    queue: queue.name,
    tenant_id: queue.tenant,
    sequence,
    status,
    ...handOversOf(entry),
    returned,
    accepted_at: new Date(acceptedAtMs).toISOString(),
  };
  if (block === null) return { ...state, unreadable: true };
  const view = new BlockView(block, 0);
  const body = view.body;
  const attributes = view.attributes ?? {};
  const isShown = JSON.stringify(attributes).length <= ATTRIBUTES_SHOWN_CHARACTERS_MAX;
  return {
    ...state,
    message_id: messageName(view.messageId, sequence),
    topic: view.topic,
    form: FORMS[view.form],
    ...(isShown ? { attributes } : { attributes: {}, attributes_omitted: true }),
    body_bytes: body.length,
    truncated: body.length > bodyBytesMax,
    payload: base64Of(body.subarray(0, bodyBytesMax)),
  };
}

/** When it is tried again, given for the first time, and worth nothing any more. */
export function timesView({ status, waitsUntilMs, expiresAtMs }: EntryView): object {
  return {
    retry_at: status === 'waiting_retry' ? timeText(waitsUntilMs) : null,
    due_at: status === 'scheduled' ? timeText(waitsUntilMs) : null,
    expires_at: timeText(expiresAtMs),
  };
}

interface HandOversView {
  readonly deliveries: number;
  readonly failed_deliveries: number;
}

function handOversOf({ letter, status, attempts, returned }: EntryView): HandOversView {
  const { deliveries, failed } = handOvers({ attempts, returned, isOut: status === 'leased', letter });
  return { deliveries, failed_deliveries: failed };
}

/** A dead letter, with the earlier system's field names and ours beside them. */
export function deadLetterView(
  entry: EntryView,
  block: Uint8Array | null,
  bodyBytesMax: number,
  hash: (text: string) => string,
  attemptsShownMax = ATTEMPTS_SHOWN_MAX,
): object {
  const { letter, queue, sequence } = entry;
  const message = messageView(entry, block, bodyBytesMax) as HandOversView & {
    readonly message_id?: string;
    readonly topic?: string;
    readonly attributes?: { readonly priority?: unknown };
  };
  const story = letter?.history ?? [];
  const lastReplay = lastReplayOf(story);
  return {
    ...message,
    consumer_id: letter === null ? queue.name : consumerOf(queue, letter),
    session_id: '',
    priority: message.attributes?.priority ?? '',
    enqueue_sequence: sequence,
    attempt: message.failed_deliveries,
    cause: letter?.cause ?? 'manual',
    reason: letter?.reason ?? '',
    dead_lettered_at: new Date(letter?.atMs ?? 0).toISOString(),
    replay_count: story.filter(({ cause }) => cause === 'redriven').length,
    last_replay_at: lastReplay < 0 ? null : new Date(story[lastReplay]?.atMs ?? 0).toISOString(),
    last_replay_target: lastReplay < 0 ? '' : queue.name,
    fingerprint:
      letter === null
        ? ''
        : fingerprintOf(hash, {
            queue,
            letter,
            card: { messageId: message.message_id ?? '', topic: message.topic ?? '' },
          }),
    ...attemptViews(story, attemptsShownMax),
  };
}

/** The latest of what became of each attempt, and how many there were. */
export const attemptViews = (story: readonly AttemptRecord[], shownMax = ATTEMPTS_SHOWN_MAX): object => ({
  history_total: story.length,
  history: story.slice(-shownMax).map(({ attempt, consumer, atMs, cause, reason }) => ({
    attempt,
    consumer_id: consumer,
    at: new Date(atMs).toISOString(),
    cause,
    reason,
  })),
});
