// abtp/1: the frames of a DEALER or REQ become a typed value. The order and number of frames say which form it is:
//
//   [topic][body]  ['', topic, body]                     form stated by hello, else guessed
//   [topic][body][options]  ['', topic, body, options]   form stated by the options, else by hello, else raw
//   either with topic _control                           a control word
//   [packet]                                             abtp/2, by its magic
//
// Never throws. A refusal tells what the answer needs: whether a REQ waits for it, and the message it is about.

import { readEnvelope } from './abtp1/envelope.ts';
import { readEvent } from './abtp1/event.ts';
import { type DecompressBE, guessBody, inflated } from './abtp1/guess.ts';
import { NO_OPTIONS, type PublishOptions, readOptions } from './abtp1/options.ts';
import { isPacket } from './abtp2/header.ts';
import type { Attributes, OptionRefusal } from './attributes.ts';
import { type BodyForm, FORM_ENVELOPE, FORM_EVENT, FORM_RAW } from './block.ts';
import { isUtf8, textLength } from './bytes.ts';
import type { BodyFormName } from './control/hello.ts';
import { type ClientWord, CONTROL_TOPIC, decodeClientWord } from './control.ts';
import type { ErrorCode } from './errors.ts';
import { isInbox } from './inbox.ts';
import { type JsonObject, parseObject } from './json.ts';
import { BODY_BYTES_MAX, CONTROL_BYTES_MAX, ENVELOPE_BYTES_MAX, MESSAGE_ID_BYTES_MAX } from './limits.ts';
import { checkTopic, TOPIC_BYTES_MAX } from './topic.ts';
import { readTopic } from './topic-cache.ts';

export interface Sender {
  /** What the peer's hello said; null: it said no hello. */
  readonly bodyForm: BodyFormName | null;
  /** WIRE_LEGACY_BODIES: bodies and control words of a peer without hello may be in the earlier forms. */
  readonly legacyBodies: boolean;
  readonly decompress: DecompressBE;
}

export interface Abtp1Publish {
  readonly type: 'publish';
  /** Sent in the delimiter form: exactly one reply is owed. */
  readonly delimited: boolean;
  readonly topic: string;
  readonly form: BodyForm;
  /** Nobody stated the form. */
  readonly guessed: boolean;
  /** Never compressed: LZ4 of abtp/1 was undone. */
  readonly body: Uint8Array;
  readonly messageId: string;
  readonly attributes: Attributes;
  /** The tenant that body or options name; null for none. */
  readonly tenant: string | null;
  readonly confirm: boolean;
  readonly sequence: number | null;
}

export interface Abtp1Control {
  readonly type: 'control';
  readonly delimited: boolean;
  readonly word: ClientWord;
}

export interface Abtp1Packet {
  readonly type: 'packet';
  readonly packet: Uint8Array;
}

export interface Abtp1Refusal {
  readonly type: 'refused';
  readonly error: ErrorCode;
  readonly detail: string;
  readonly delimited: boolean;
  readonly messageId: string;
}

/** The topic that was found sound last: neighbours mostly have the same. Null at first: the empty one is not sound. */
let lastSound: string | null = null;

export type Abtp1Input = Abtp1Publish | Abtp1Control | Abtp1Packet | Abtp1Refusal;

export function decodeFrames(frames: readonly Uint8Array[], sender: Sender): Abtp1Input {
  const first = frames[0];
  if (first === undefined) return refuse('MALFORMED_FRAMES', 'no frame', false);
  if (frames.length === 1) {
    return isPacket(first)
      ? { type: 'packet', packet: first }
      : refuse('MALFORMED_FRAMES', 'one frame that is no packet', false);
  }
  const delimited = first.length === 0;
  const [topicFrame, body, options, extra] = delimited ? frames.slice(1) : frames;
  if (topicFrame === undefined || body === undefined || extra !== undefined) {
    return refuse('MALFORMED_FRAMES', `${frames.length} frames`, delimited);
  }
  const topic = topicIn(topicFrame);
  if (topic === null)
    return refuse('INVALID_TOPIC', `${topicFrame.length} bytes, at most ${TOPIC_BYTES_MAX}, in UTF-8`, delimited);
  if (topic === CONTROL_TOPIC) {
    return options === undefined
      ? readWord(body, sender, delimited)
      : refuse('MALFORMED_FRAMES', 'control has no options', delimited);
  }
  if (topic !== lastSound) {
    const fault = checkTopic(topic);
    if (fault !== null && !(fault === 'RESERVED_TOPIC' && isInbox(topic))) return refuse(fault, '', delimited);
    lastSound = topic;
  }
  if (body.length > BODY_BYTES_MAX) {
    return refuse('PAYLOAD_TOO_LARGE', `${body.length} bytes, at most ${BODY_BYTES_MAX}`, delimited);
  }
  return readPublish(topic, body, options, sender, delimited);
}

const refuse = (error: ErrorCode, detail: string, delimited: boolean, messageId = ''): Abtp1Refusal => ({
  type: 'refused',
  error,
  detail,
  delimited,
  messageId,
});

const topicIn = (frame: Uint8Array): string | null =>
  frame.length > TOPIC_BYTES_MAX || !isUtf8(frame, 0, frame.length) ? null : readTopic(frame, 0, frame.length);

function readWord(body: Uint8Array, sender: Sender, delimited: boolean): Abtp1Input {
  const isLegacy = sender.bodyForm === null && sender.legacyBodies;
  const json = (isLegacy ? inflated(body, CONTROL_BYTES_MAX, sender.decompress) : null) ?? body;
  const word = decodeClientWord(json);
  return word.type === 'refused' ? refuse(word.error, word.detail, delimited) : { type: 'control', delimited, word };
}

function readPublish(
  topic: string,
  body: Uint8Array,
  optionsFrame: Uint8Array | undefined,
  sender: Sender,
  delimited: boolean,
): Abtp1Input {
  const options = optionsFrame === undefined ? NO_OPTIONS : readOptions(optionsFrame);
  if ('code' in options) return refuse(options.code, options.detail, delimited);
  const mayGuess = optionsFrame === undefined && sender.bodyForm === null && sender.legacyBodies;
  const content = mayGuess ? guessed(body, sender) : stated(body, options, sender);
  if ('code' in content) return refuse(content.code, content.detail, delimited, options.messageId);
  const messageId = options.messageId === '' ? content.messageId : options.messageId;
  if (textLength(messageId) > MESSAGE_ID_BYTES_MAX) {
    return refuse('INVALID_ARGUMENT', `message id longer than ${MESSAGE_ID_BYTES_MAX} bytes`, delimited);
  }
  return {
    type: 'publish',
    delimited,
    topic,
    form: content.form,
    guessed: mayGuess && content.form !== FORM_RAW,
    body: content.body,
    messageId,
    attributes: content.form === FORM_RAW ? options.attributes : both(content.attributes, options.attributes),
    tenant: options.tenant ?? content.tenant,
    confirm: options.confirm,
    sequence: options.sequence,
  };
}

/** The frame beside the body has the last word, header by header. */
function both(said: Attributes, beside: Attributes): Attributes {
  const all = { ...said, ...beside };
  return said.headers === undefined || beside.headers === undefined
    ? all
    : { ...all, headers: { ...said.headers, ...beside.headers } };
}

interface Content {
  readonly form: BodyForm;
  readonly body: Uint8Array;
  readonly messageId: string;
  readonly tenant: string | null;
  readonly attributes: Attributes;
}

const raw = (body: Uint8Array): Content => ({ form: FORM_RAW, body, messageId: '', tenant: null, attributes: {} });

function guessed(body: Uint8Array, sender: Sender): Content | OptionRefusal {
  const guess = guessBody(body, sender.decompress);
  if (guess.form === 'raw') return raw(body);
  return guess.form === 'event' ? eventContent(guess.object, guess.body) : envelopeContent(guess.object, guess.body);
}

function stated(sent: Uint8Array, options: PublishOptions, sender: Sender): Content | OptionRefusal {
  const body = options.isCompressed ? sender.decompress(sent, BODY_BYTES_MAX) : sent;
  if (!(body instanceof Uint8Array)) return { code: body.error, detail: body.detail };
  const form = options.form ?? sender.bodyForm ?? 'raw';
  if (form === 'raw') return raw(body);
  if (body.length > ENVELOPE_BYTES_MAX) {
    return {
      code: 'FRAME_TOO_LARGE',
      detail: `${form} of ${body.length} bytes, at most ${ENVELOPE_BYTES_MAX}: send it raw`,
    };
  }
  const object = parseObject(body, ENVELOPE_BYTES_MAX);
  if (object === null) return { code: 'MALFORMED_BODY', detail: `${form}: not a JSON object` };
  return form === 'event' ? eventContent(object, body) : envelopeContent(object, body);
}

function eventContent(object: JsonObject, body: Uint8Array): Content | OptionRefusal {
  const event = readEvent(object);
  if (event === null)
    return { code: 'MALFORMED_BODY', detail: 'event: no ID, Topic or Data, or a field of the wrong type' };
  if (event.specVersion.startsWith('abtp/') && event.specVersion !== 'abtp/1') {
    return { code: 'UNSUPPORTED_VERSION', detail: 'SpecVersion must be abtp/1 where it names abtp' };
  }
  const { messageId, tenant, attributes } = event;
  return { form: FORM_EVENT, body, messageId, tenant, attributes };
}

function envelopeContent(object: JsonObject, body: Uint8Array): Content | OptionRefusal {
  const envelope = readEnvelope(object);
  return 'code' in envelope ? envelope : { form: FORM_ENVELOPE, body, ...envelope };
}
