// An event of the journal as JSON: its fields under their own names, queues and consumers beside their numbers by name,
// and the messages that it brings one by one. Bodies only where they are asked for.

import { COMPRESSION_NONE, FORM_ENVELOPE, FORM_EVENT } from '../../../pkg/protocol/block.ts';
import type { JsonObject } from '../../../pkg/protocol/json.ts';
import type { Event } from '../../domain/event.ts';
import type { QueueId } from '../../domain/ids.ts';
import type { WalkedGroup } from '../../repository/journal/reading/walk-journal.ts';
import { shownTraceContext } from '../../usecase/trace-context.ts';
import { type BroughtMessage, broughtMessages, idOf } from './blocks.ts';
import { timeOf } from './earlier-steps.ts';
import type { Names } from './names.ts';

export interface FactsOptions {
  readonly names: Names;
  /** How much of each body; null: none, and nothing said of it. */
  readonly bodyBytes: number | null;
  /** Which of the messages that an event brings are told. */
  readonly tells: (message: BroughtMessage) => boolean;
}

export function factsOf(group: WalkedGroup, event: Event, offset: number, options: FactsOptions): JsonObject {
  const head = { position: group.position, time: timeOf(group.timeMs), type: event.type };
  return { ...head, ...namesOf(event, options.names), ...fieldsOf(group, event, offset, options) };
}

function fieldsOf(group: WalkedGroup, event: Event, offset: number, options: FactsOptions): object {
  const told = (): object[] => {
    const messages: object[] = [];
    for (const message of broughtMessages(group, event, offset)) {
      if (options.tells(message)) messages.push(messageOf(message, options));
    }
    return messages;
  };
  if (event.type === 'accepted') {
    const { type: _type, sets: _sets, setOf: _setOf, lengths: _lengths, ...fields } = event;
    return { ...fields, messages: told() };
  }
  const { type: _, ...fields } = event;
  return event.type === 'relocated' ? { ...fields, messages: told() } : fields;
}

/** The name of its queue, and of the consumer whose session it names. */
function namesOf(event: Event, names: Names): object {
  const queue = 'queue' in event && event.type !== 'queue-declared' ? names.queue(event.queue) : null;
  const consumer =
    (event.type === 'leased' || event.type === 'session-closed') && names.consumer(event.session) !== null
      ? { consumer: names.consumer(event.session) }
      : {};
  return queue === null ? consumer : { queueName: queue.name, tenant: queue.tenant, ...consumer };
}

function messageOf(message: BroughtMessage, { names, bodyBytes }: FactsOptions): object {
  const { sequence, bytes, block } = message;
  const queues = message.queues.map((queue) => nameOf(names, queue));
  if (block === null) return { sequence, bytes, queues, damaged: true };
  const context = shownTraceContext(block.attributes);
  return {
    sequence,
    messageId: idOf(message),
    topic: block.topic,
    bytes,
    queues,
    form: block.form === FORM_EVENT ? 'event' : block.form === FORM_ENVELOPE ? 'envelope' : 'raw',
    ...(block.compression === COMPRESSION_NONE ? {} : { compression: 'lz4' }),
    ...context,
    ...(bodyBytes === null ? {} : bodyOf(block.body, bodyBytes)),
  };
}

const bodyOf = (body: Uint8Array, most: number): object => ({
  bodyBytes: body.length,
  truncated: body.length > most,
  body: Buffer.from(body.subarray(0, most)).toString('base64'),
});

/** One that is not known any more is told by its number. */
const nameOf = (names: Names, queue: QueueId): string => names.queue(queue)?.name ?? `#${queue}`;
