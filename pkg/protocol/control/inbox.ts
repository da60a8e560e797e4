// The words about inboxes: a connection asks for an address, and is given one.

import { TOPIC_BYTES_MAX } from '../topic.ts';
import { type Codec, count, maybe, need, nullable, record, text } from './codec.ts';

export interface InboxOpen {
  readonly type: 'inbox.open';
  /** Comes back with the answer; null: none. */
  readonly request: number | null;
}

export interface InboxOpened {
  readonly type: 'inbox.opened';
  /** Give it as `reply_to`. It ends with the connection. */
  readonly address: string;
  readonly request: number | null;
}

type Bare<Word> = Omit<Word, 'type'>;

export const open: Codec<Bare<InboxOpen>> = record<Bare<InboxOpen>>({
  request: maybe('request', nullable(count), null),
});

export const opened: Codec<Bare<InboxOpened>> = record<Bare<InboxOpened>>({
  address: need('address', text(TOPIC_BYTES_MAX)),
  request: maybe('request', nullable(count), null),
});
