// A command that broke an assumption is refused to whoever sent it; nothing of it was applied.

import type { Command } from '../domain/command.ts';
import { refuse } from '../domain/decision.ts';
import type { Effect, Refusal } from '../domain/effect.ts';

const INTERNAL: Refusal = { code: 'INTERNAL', detail: 'the broker could not decide this; the fault is logged there' };

/** What the clients' commands are called on the wire; the transport's own words have no answer. */
const WORDS: Partial<Record<Command['type'], string>> = {
  hello: 'hello',
  'open-inbox': 'inbox.open',
  register: 'consumer.register',
  deregister: 'consumer.deregister',
  fetch: 'consumer.fetch',
  ack: 'ack',
  nack: 'nack',
  extend: 'extend',
};

export function internalRefusal(command: Command): Effect | null {
  if ('request' in command && typeof command.request === 'object' && command.request !== null) {
    const { peer, id } = command.request;
    return { type: 'operator-reply', gated: false, peer, id, outcome: { ok: false, refusal: INTERNAL } };
  }
  if (!('peer' in command)) return null;
  if (command.type === 'publish') {
    return {
      type: 'published',
      gated: false,
      peer: command.peer,
      producer: command.producer,
      first: command.firstSequence,
      count: command.messages.length,
      durability: 'none',
      duplicates: [],
      refusals: command.messages.map((_, index) => ({ ...INTERNAL, index })),
    };
  }
  const word = WORDS[command.type];
  if (word === undefined) return null;
  const refused = refuse(command.peer, word, INTERNAL.code, INTERNAL.detail);
  const request = 'request' in command && typeof command.request === 'number' ? command.request : null;
  return request === null || refused.type !== 'refused' ? refused : { ...refused, request };
}
