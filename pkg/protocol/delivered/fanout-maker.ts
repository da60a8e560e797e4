// The frames of publications, one after the other. Neighbours mostly differ in their bodies alone: what a form tells of a
// message beside its body is made once for as long as head and time stay the same.
// Invariant: the frames are those of `fanoutFrames`, byte for byte.

import { type BlockView, bodyOffset, COMPRESSION_NONE, FORM_RAW } from '../block.ts';
import { encodeText } from '../bytes.ts';
import type { DeliveryForm } from '../control/consumer.ts';
import { fanoutFrames, metaJson } from '../event-json.ts';
import { eventAround } from './event-json.ts';
import { isJsonType, type Outgoing, outgoing } from './facts.ts';
import { base64JsonLength, writeBase64Json } from './json-bytes.ts';

interface Around {
  readonly topic: Uint8Array;
  /** Of an event, the bytes before and behind its data; of frames, the last frame. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** Behind the length, which tells of the body too. */
const HEAD_FROM = 4;

export class FanoutMaker {
  readonly #form: DeliveryForm;
  #head: Uint8Array | null = null;
  #atMs = -1;
  #around: Around | null = null;

  constructor(form: DeliveryForm) {
    this.#form = form;
  }

  /** `plain`: the body decompressed, where it is compressed and can be. */
  frames(block: BlockView, acceptedAtMs: number, plain: Uint8Array | null): Uint8Array[] {
    const around = block.compression === COMPRESSION_NONE ? this.#known(block, acceptedAtMs) : null;
    if (around === null) return fanoutFrames(this.#form, aboutIt(block, acceptedAtMs, plain));
    const { topic, before, after } = around;
    const { body } = block;
    if (this.#form === 'frames') return [topic, body, before];
    const json = new Uint8Array(before.length + base64JsonLength(body.length) + after.length);
    json.set(before);
    json.set(after, writeBase64Json(body, json, before.length));
    return [topic, json];
  }

  /** What is told of it beside its body; null where that depends on the body. */
  #known(block: BlockView, acceptedAtMs: number): Around | null {
    const { bytes, offset } = block;
    const head = bytes.subarray(offset + HEAD_FROM, bodyOffset(bytes, offset));
    if (acceptedAtMs !== this.#atMs || this.#head === null || !areEqual(this.#head, head)) {
      this.#head = head.slice();
      this.#atMs = acceptedAtMs;
      this.#around = this.#make(block, acceptedAtMs);
    }
    return this.#around;
  }

  #make(block: BlockView, acceptedAtMs: number): Around | null {
    const message = aboutIt(block, acceptedAtMs, null);
    const topic = message.topicBytes.slice();
    if (this.#form === 'frames') return { topic, before: metaJson(message, null), after: new Uint8Array(0) };
    if (this.#form === 'envelope' || block.form !== FORM_RAW) return null;
    if (isJsonType(message.attributes.content_type)) return null;
    const { before, after } = eventAround(message, null, true);
    return { topic, before: encodeText(before), after: encodeText(after) };
  }
}

const aboutIt = (block: BlockView, acceptedAtMs: number, plain: Uint8Array | null): Outgoing =>
  outgoing(block, { tenant: '', acceptedAtMs, sequence: 0 }, plain ?? undefined);

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}
