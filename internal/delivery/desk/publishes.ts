// abtp/1 publishes of one poll phase, gathered into commands: their blocks are built one behind the other in one buffer, so
// that they cost the journal one copy; long bodies stay the frames that they came in.

import type { Abtp1Publish } from '../../../pkg/protocol/abtp1.ts';
import { deliveryModeOf, NO_ATTRIBUTES, replyExpectedIn } from '../../../pkg/protocol/attributes.ts';
import { type BodyForm, encodeBlockHead, FORM_RAW, placeBlockHead } from '../../../pkg/protocol/block.ts';
import { EMPTY } from '../../../pkg/protocol/bytes.ts';
import { CONTROL_TOPIC } from '../../../pkg/protocol/control.ts';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { REQUEST_WAIT_MS } from '../../../pkg/protocol/inbox.ts';
import { traitsOf } from '../../../pkg/protocol/partition-key.ts';
import { timesOf } from '../../../pkg/protocol/times.ts';
import type { Publish, PublishMessage } from '../../domain/command.ts';
import type { Refusal } from '../../domain/effect.ts';
import { NO_PRODUCER, type ProducerId } from '../../domain/ids.ts';
import type { Frames } from '../transport.ts';
import type { AnswerMode } from './answer-line.ts';
import type { WirePeer } from './wire-peer.ts';

/** Whether frames that could not be read were meant as a publish. */
export function isPublish(frames: Frames): boolean {
  const topic = frames[0]?.length === 0 ? frames[1] : frames[0];
  return frames.length > 1 && (topic?.length !== CONTROL_TOPIC.length || decoder.decode(topic) !== CONTROL_TOPIC);
}

const decoder = new TextDecoder();

/** A body of this size is not copied an extra time. */
const LONG_BODY_BYTES = 4 * 1024;
const SOURCE_BYTES_MIN = 4 * 1024;

export class PublishGatherer {
  readonly #peer: WirePeer;
  readonly #bodyBytesMax: number;
  readonly #freshInbox: () => string;
  #source: Uint8Array = EMPTY;
  #length = 0;
  #messages: PublishMessage[] = [];
  #tenant = '';
  #producer: ProducerId = NO_PRODUCER;
  #first = 0;
  /** Of the last message that said nothing beside its topic and form. */
  #head: Uint8Array | null = null;
  #headTopic = '';
  #headForm: BodyForm = FORM_RAW;

  /** `freshInbox`: an address for one answer. */
  constructor(peer: WirePeer, bodyBytesMax: number, freshInbox: () => string) {
    this.#freshInbox = freshInbox;
    this.#peer = peer;
    this.#bodyBytesMax = bodyBytesMax;
  }

  /** Gives the command of those before when this one cannot follow them. */
  add(said: Abtp1Publish, tenant: string): Publish | null {
    const peer = this.#peer;
    const { publish, reply } = asksIn(said, this.#freshInbox);
    const { producer } = peer;
    const number = peer.number(publish.sequence);
    const place = producer === NO_PRODUCER ? this.#first + this.#messages.length : (number ?? 0);
    const follows = this.#messages.length > 0 && this.#first + this.#messages.length === place;
    const before = follows && this.#tenant === tenant && this.#producer === producer ? null : this.take();
    if (this.#messages.length === 0) {
      this.#first = producer === NO_PRODUCER ? 1 : place;
      this.#tenant = tenant;
      this.#producer = producer;
    }
    const waits = reply?.inbox !== undefined && reply.inbox !== null;
    if (waits) peer.asks = true;
    peer.owe(waits ? 'reply' : modeOf(publish, peer), number, 1, publish.messageId);
    const message = this.#message(publish);
    this.#messages.push(reply === undefined ? message : { ...message, reply });
    return before;
  }

  #message(publish: Abtp1Publish): PublishMessage {
    const { topic, body, attributes } = publish;
    const mode = deliveryModeOf(attributes) ?? 'both';
    const start = this.#length;
    const refused = (fault: Refusal): PublishMessage => {
      return { topic, start, end: start, tail: null, mode, times: null, traits: null, fault };
    };
    if (body.length > this.#bodyBytesMax) {
      return refused({ code: 'PAYLOAD_TOO_LARGE', detail: `${body.length} bytes, at most ${this.#bodyBytesMax}` });
    }
    const times = attributes === NO_ATTRIBUTES ? null : timesOf(attributes);
    if (times !== null && 'code' in times) return refused(times);
    const traits = attributes === NO_ATTRIBUTES ? null : traitsOf(attributes);
    if (traits !== null && 'code' in traits) return refused(traits);
    const head = this.#headOf(publish);
    if (!(head instanceof Uint8Array)) return refused(head);
    const isLong = body.length >= LONG_BODY_BYTES;
    const end = start + head.length + (isLong ? 0 : body.length);
    if (end > this.#source.length) this.#grow(end);
    placeBlockHead(head, body.length, this.#source, start);
    if (!isLong) this.#source.set(body, start + head.length);
    this.#length = end;
    return { topic, start, end, tail: isLong ? body : null, mode, times, traits, fault: null };
  }

  /** Neighbours mostly say the same beside their bodies. */
  #headOf(publish: Abtp1Publish): Uint8Array | Refusal {
    const { topic, form, messageId, attributes } = publish;
    if (messageId !== '' || attributes !== NO_ATTRIBUTES) return headOf(publish);
    if (this.#head === null || topic !== this.#headTopic || form !== this.#headForm) {
      const head = headOf(publish);
      if (!(head instanceof Uint8Array)) return head;
      this.#head = head;
      this.#headTopic = topic;
      this.#headForm = form;
    }
    return this.#head;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#source.length * 2, SOURCE_BYTES_MIN));
    larger.set(this.#source.subarray(0, this.#length));
    this.#source = larger;
  }

  take(): Publish | null {
    if (this.#messages.length === 0) return null;
    const command: Publish = {
      type: 'publish',
      peer: this.#peer.id,
      tenant: this.#tenant,
      producer: this.#producer,
      firstSequence: this.#first,
      source: this.#source.subarray(0, this.#length),
      messages: this.#messages,
      ...(this.#peer.waits ? { waits: true } : {}),
    };
    this.#source = EMPTY;
    this.#length = 0;
    this.#messages = [];
    return command;
  }
}

interface Asking {
  readonly publish: Abtp1Publish;
  readonly reply: PublishMessage['reply'];
}

/**
 * Whether an answer is expected. One who waits for exactly one message, as a REQ does, and names no place for the answer, is
 * given it here: the message then says where it goes, and for how long somebody waits.
 */
function asksIn(publish: Abtp1Publish, freshInbox: () => string): Asking {
  const { attributes, delimited, form, messageId } = publish;
  if (attributes === NO_ATTRIBUTES || !replyExpectedIn(attributes)) return { publish, reply: undefined };
  if (!delimited || attributes.reply_to !== undefined || form !== FORM_RAW || deliveryModeOf(attributes) === 'fanout')
    return { publish, reply: { inbox: null } };
  const inbox = freshInbox();
  const times = timesOf(attributes);
  const isTimed = times !== null && ('code' in times || times.expiry !== null);
  const waiting = isTimed ? {} : { ttl_ms: REQUEST_WAIT_MS };
  return {
    publish: { ...publish, attributes: { ...attributes, ...waiting, reply_to: inbox } },
    reply: { inbox, messageId },
  };
}

/** What is said of a body in an envelope or event may be more than a block has room for beside it. */
function headOf({ topic, messageId, form, attributes, body }: Abtp1Publish): Uint8Array | Refusal {
  const given = Object.keys(attributes).length === 0 ? null : attributes;
  try {
    return encodeBlockHead({ topic, messageId, form, attributes: given }, body.length);
  } catch (error) {
    if (!(error instanceof TachyonError)) throw error;
    return { code: error.code, detail: error.detail };
  }
}

/** A REQ waits for its one reply; a run answers many at once. */
function modeOf({ delimited, confirm }: Abtp1Publish, peer: WirePeer): AnswerMode {
  if (delimited) return 'own';
  if (peer.greeting?.confirm === true) return 'run';
  return confirm ? 'own' : 'errors';
}
