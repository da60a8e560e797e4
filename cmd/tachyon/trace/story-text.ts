// The story of a message for people: a line for each thing that happened, then where it is, and what would move it.

import type { Step } from '../../../internal/app/journal/biography.ts';
import { isObject, type JsonObject } from '../../../pkg/protocol/json.ts';
import { bytes, safe } from '../output/cell.ts';
import { palette } from '../output/palette.ts';
import type { Place, Story, StoryMessage } from './story.ts';

export function storyText(story: Story): string {
  const beginsAt = beginOf(story);
  const parts = story.messages.map((message) => messageText(message, beginsAt));
  if (story.audit.length > 0) parts.push(auditText(story.audit));
  parts.push(sourcesText(story));
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function messageText(message: StoryMessage, beginsAt: string): string[] {
  const { bold, dim } = palette();
  const facts = [
    `number ${message.sequence}`,
    ...(message.topic === null ? [] : [`topic ${message.topic}`]),
    ...(message.bytes === null ? [] : [bytes(message.bytes)]),
    message.durable ? 'on disk' : 'not known to be on disk yet',
  ];
  const { trace_context: context, steps_left_out: leftOut } = message;
  return [
    `${bold(safe(message.message_id))}  ${safe(facts.join(', '))}`,
    ...(context === null ? [] : [`  ${dim('traceparent')} ${safe(context.traceparent)}`]),
    ...(context?.tracestate === undefined ? [] : [`  ${dim('tracestate')}  ${safe(context.tracestate)}`]),
    ...(leftOut === 0 ? [] : [`  ${leftOut} earlier steps are left out`]),
    ...message.steps.map((step) => stepText(step, beginsAt)),
    ...message.queues.flatMap(placeText),
  ];
}

const EVENT_WIDTH = 13;

const placeName = (queue: string, tenant: string | null): string =>
  tenant === null || tenant === '' ? queue : `${tenant}/${queue}`;

function stepText({ at, position, event, queue, tenant_id: tenant, ...facts }: Step, beginsAt: string): string {
  const elsewhere = at < beginsAt ? 'before the journal' : 'told by the broker';
  const where = position === null ? elsewhere : `position ${position}`;
  const told = factsText(facts);
  const line = [
    at,
    event.padEnd(EVENT_WIDTH),
    ...(queue === null ? [] : [placeName(queue, tenant)]),
    ...(told === '' ? [] : [told]),
  ];
  return `  ${safe(line.join('  '))}  ${palette().dim(where)}`;
}

/** In words where there are some, else by name. */
const WORDS: Readonly<Record<string, string>> = {
  queues: 'into',
  consumer_id: 'by',
  actor: 'by operator',
  until: 'until',
  retry_at: 'next attempt at',
  due_at: 'due at',
  schedule: 'by schedule',
  delivery_id: 'delivery',
  into_queue: 'into',
  into_sequence: 'as number',
  of_queue: 'out of',
  of_sequence: 'where it was number',
};

const factsText = (facts: JsonObject): string =>
  Object.entries(facts)
    .filter(([, value]) => value !== '' && value !== null)
    .map(([name, value]) => `${WORDS[name] ?? name} ${Array.isArray(value) ? value.join(', ') : String(value)}`)
    .join(', ');

function placeText(place: Place): string[] {
  const { bold, dim } = palette();
  const {
    queue,
    tenant_id: tenant,
    state,
    lease,
    retry_at: retryAt,
    due_at: dueAt,
    dead_letter: letter,
    why,
    next_step: next,
    attempts,
  } = place;
  const facts = [
    ...(lease === null ? [] : [`with ${lease.consumer_id ?? 'a consumer'} until ${lease.until}`]),
    ...(retryAt === null ? [] : [`next attempt at ${retryAt}`]),
    ...(dueAt === null ? [] : [`due at ${dueAt}`]),
    ...(letter === null ? [] : [`${String(letter['cause'])}, ${String(letter['reason'])}`]),
    ...(attempts === 0 || attempts === null ? [] : [`${attempts} failed`]),
  ];
  return [
    `  ${bold('now')}  ${safe([`${placeName(queue, tenant)}: ${state}`, ...facts].join(', '))}`,
    ...(why === null ? [] : [`       ${safe(`${why.reason}: ${why.detail}`)}`]),
    ...(next === '' ? [] : [`       ${dim('next:')} ${safe(next)}`]),
  ];
}

function auditText(events: readonly object[]): string[] {
  const line = (event: object): string => {
    const { timestamp, operation, outcome, actor, requested_reason: reason } = event as JsonObject;
    const why = reason === '' ? '' : `: ${String(reason)}`;
    return `  ${safe(`${String(timestamp)}  ${String(operation)} (${String(outcome)}) by ${String(actor)}${why}`)}`;
  };
  return [palette().bold('audit log'), ...events.map(line)];
}

const journalOf = ({ sources }: Story): JsonObject => (isObject(sources['journal']) ? sources['journal'] : {});

/** Since when the journal tells of what happened; after all times where it does not. */
function beginOf(story: Story): string {
  const { from } = journalOf(story);
  return isObject(from) ? String(from['at']) : '9999';
}

function sourcesText(story: Story): string[] {
  const { dim } = palette();
  const leftOut = story.messages_left_out;
  const journal = journalOf(story);
  const from = isObject(journal['from']) ? journal['from'] : null;
  const through = isObject(journal['through']) ? journal['through'] : null;
  const reach =
    from === null || through === null
      ? 'the journal holds nothing'
      : `the journal tells of positions ${String(from['position'])} to ${String(through['position'])}, from ${String(from['at'])} on`;
  return [
    ...(journal['asked'] === true ? [dim(reach)] : []),
    ...(leftOut === 0 ? [] : [`${leftOut} more messages have this id`]),
  ];
}

/** What could not be asked, or was not whole: a sentence each. */
export function complaintsOf({ sources }: Story): readonly string[] {
  const of = (name: string): JsonObject => (isObject(sources[name]) ? sources[name] : {});
  const [broker, journal, audit] = [of('broker'), of('journal'), of('audit')];
  const code = (source: JsonObject): string => `${String(source['code'])}`;
  const said: string[] = [];
  if (broker['asked'] !== true) {
    said.push(`the broker could not be asked (${code(broker)}): this is how the files tell it, up to where they end`);
  } else if (Number(broker['unreadable']) > 0) {
    said.push(`${String(broker['unreadable'])} messages that the broker holds are damaged: their ids are not known`);
  }
  if (journal['asked'] !== true) said.push(`the journal could not be read (${code(journal)})`);
  const { fault } = journal;
  if (isObject(fault)) said.push(`the journal is damaged, and what is behind is not told: ${String(fault['detail'])}`);
  if (Number(journal['damaged_groups'] ?? 0) > 0) {
    said.push(
      `${String(journal['damaged_groups'])} groups of the journal have damaged messages, whose ids are not known`,
    );
  }
  if (audit['asked'] !== true) {
    said.push(`the audit log could not be asked (${code(audit)}): what operators did is told from the journal`);
  }
  return said;
}
