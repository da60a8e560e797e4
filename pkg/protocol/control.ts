// Control words: JSON on topic `_control` in abtp/1, in CONTROL packets in abtp/2. One table per word in `control/`;
// this file knows which word has which table and who may say it.

import { shown } from './attributes.ts';
import { encodeText, type Refusal } from './bytes.ts';
import type { Codec } from './control/codec.ts';
import { Misfit } from './control/codec.ts';
import * as consumer from './control/consumer.ts';
import * as greeting from './control/hello.ts';
import * as inbox from './control/inbox.ts';
import * as replies from './control/replies.ts';
import * as settle from './control/settle.ts';
import type { ErrorCode } from './errors.ts';
import { type JsonObject, parseObject } from './json.ts';
import { CONTROL_BYTES_MAX } from './limits.ts';

export const CONTROL_TOPIC = '_control';

/** Says nothing but that the client is there; any other frame does as well. */
export interface Heartbeat {
  readonly type: 'heartbeat';
}

export type ClientWord =
  | greeting.Hello
  | Heartbeat
  | consumer.ConsumerRegister
  | consumer.ConsumerHeartbeat
  | consumer.ConsumerDeregister
  | consumer.ConsumerFetch
  | inbox.InboxOpen
  | settle.Ack
  | settle.Nack
  | settle.Extend
  | replies.AdminRequest;

export type BrokerWord =
  | greeting.HelloOk
  | consumer.ConsumerRegistered
  | consumer.ConsumerDeregistered
  | consumer.ConsumerFetched
  | consumer.ConsumerLeasesEnded
  | inbox.InboxOpened
  | replies.PublishConfirmed
  | settle.Acked
  | replies.ErrorWord
  | replies.ServerDraining
  | replies.BrokerHeartbeat
  | replies.AdminReply;

export type ControlRefusal = Refusal<ErrorCode>;

type Codecs<Word extends { readonly type: string }> = {
  readonly [T in Word['type']]: Codec<Omit<Extract<Word, { type: T }>, 'type'>>;
};

const nothing: Codec<object> = { read: () => ({}), write: () => ({}) };

const CLIENT_WORDS: Codecs<ClientWord> = {
  hello: greeting.hello,
  heartbeat: nothing,
  'consumer.register': consumer.register,
  'consumer.heartbeat': consumer.heartbeat,
  'consumer.deregister': consumer.deregister,
  'consumer.fetch': consumer.fetch,
  'inbox.open': inbox.open,
  ack: settle.ack,
  nack: settle.nack,
  extend: settle.extend,
  'admin.request': replies.adminRequest,
};

const BROKER_WORDS: Codecs<BrokerWord> = {
  'hello.ok': greeting.helloOk,
  'consumer.registered': consumer.registered,
  'consumer.deregistered': consumer.deregistered,
  'consumer.fetched': consumer.fetched,
  'consumer.leases_ended': consumer.leasesEnded,
  'inbox.opened': inbox.opened,
  'publish.confirmed': replies.confirmed,
  acked: settle.acked,
  error: replies.error,
  'server.draining': replies.draining,
  'broker.heartbeat': replies.brokerHeartbeat,
  'admin.reply': replies.adminReply,
};

export const CLIENT_WORD_TYPES: readonly string[] = Object.keys(CLIENT_WORDS);
export const BROKER_WORD_TYPES: readonly string[] = Object.keys(BROKER_WORDS);

/** A word of a client, checked; never throws. */
export const decodeClientWord = (json: Uint8Array): ClientWord | ControlRefusal =>
  decodeWord<ClientWord>(json, CLIENT_WORDS);

/** A word of the broker, checked; never throws. */
export const decodeBrokerWord = (json: Uint8Array): BrokerWord | ControlRefusal =>
  decodeWord<BrokerWord>(json, BROKER_WORDS);

export const encodeClientWord = (word: ClientWord): Uint8Array => encodeWord(word, CLIENT_WORDS);
export const encodeBrokerWord = (word: BrokerWord): Uint8Array => encodeWord(word, BROKER_WORDS);

function decodeWord<Word extends { readonly type: string }>(
  json: Uint8Array,
  words: Codecs<Word>,
): Word | ControlRefusal {
  if (json.length > CONTROL_BYTES_MAX) {
    return {
      type: 'refused',
      error: 'FRAME_TOO_LARGE',
      detail: `control of ${json.length} bytes, at most ${CONTROL_BYTES_MAX}`,
    };
  }
  const spoken = parseObject(json, CONTROL_BYTES_MAX);
  const type = spoken?.['type'];
  if (spoken === null || typeof type !== 'string') {
    return { type: 'refused', error: 'MALFORMED_CONTROL', detail: 'a control message is a JSON object with a type' };
  }
  if (!Object.hasOwn(words, type)) return { type: 'refused', error: 'UNKNOWN_CONTROL', detail: shown(type) };
  const misfit = new Misfit();
  const codec = (words as Readonly<Record<string, Codec<object>>>)[type]!;
  const read = codec.read(spoken, '', misfit);
  return read === undefined ? misfit.refusal : ({ ...read, type } as unknown as Word);
}

function encodeWord(word: { readonly type: string }, words: object): Uint8Array {
  const codec = (words as Readonly<Record<string, Codec<object>>>)[word.type]!;
  return encodeText(JSON.stringify({ type: word.type, ...(codec.write(word) as JsonObject) }));
}
