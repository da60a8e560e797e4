// What a requester is answered: read from the packet that brought it, when asked.

import { type Attributes, attributesOf, bodyOf, type Headers, NO_ATTRIBUTES } from '../../protocol/index.ts';

export interface Reply {
  /** A view of the packet that brought it: copy what you keep. */
  readonly body: Uint8Array;
  readonly headers: Headers;
  readonly attributes: Attributes;
  /** Of several replies, from 1; 0 where there is only one. */
  readonly sequence: number;
  text(): string;
  /** Throws a SyntaxError. */
  json(): unknown;
}

const decoder = new TextDecoder();
const NO_HEADERS: Headers = Object.freeze({});

export class InboxReply implements Reply {
  readonly body: Uint8Array;
  readonly attributes: Attributes;

  constructor(bytes: Uint8Array, offset: number) {
    this.body = bodyOf(bytes, offset);
    this.attributes = attributesOf(bytes, offset) ?? NO_ATTRIBUTES;
  }

  get headers(): Headers {
    return this.attributes.headers ?? NO_HEADERS;
  }

  get sequence(): number {
    return this.attributes.reply_sequence ?? 0;
  }

  /** Nothing follows it. */
  get isFinal(): boolean {
    return this.sequence === 0 || this.attributes.reply_final === true;
  }

  text(): string {
    return decoder.decode(this.body);
  }

  json(): unknown {
    return JSON.parse(this.text());
  }
}
