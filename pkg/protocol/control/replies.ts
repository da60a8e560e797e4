// What the broker says by itself or in answer: publish.confirmed, error, server.draining, broker.heartbeat; and the
// envelope of the admin endpoint's words.

import { type ConfirmDurability, type ConfirmException, DURABILITIES } from '../abtp2/confirm.ts';
import { ERRORS, type ErrorCode } from '../errors.ts';
import { CONFIRM_EXCEPTIONS_MAX, CONTROL_BYTES_MAX, MESSAGE_ID_BYTES_MAX } from '../limits.ts';
import { NAME_BYTES_MAX } from '../topic.ts';
import {
  anything,
  type Codec,
  count,
  errorCode,
  flag,
  id,
  list,
  maybe,
  need,
  nullable,
  oneOf,
  record,
  text,
} from './codec.ts';

/** One message (by its id), or a run: every sequence up to `throughSequence` that is not an exception. */
export interface PublishConfirmed {
  readonly type: 'publish.confirmed';
  readonly throughSequence: number | null;
  readonly messageId: string;
  /** 0 with durability none. */
  readonly position: number;
  readonly durability: ConfirmDurability;
  /** The one message was accepted before, and counts once. */
  readonly duplicate: boolean;
  readonly exceptions: readonly ConfirmException[];
}

export interface ErrorWord {
  readonly type: 'error';
  readonly code: ErrorCode;
  readonly message: string;
  readonly messageId: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number;
  readonly sequence: number | null;
  readonly deliveryId: number | null;
  readonly request: number | null;
}

export interface ServerDraining {
  readonly type: 'server.draining';
  readonly reconnectAfterMs: number;
}

export interface BrokerHeartbeat {
  readonly type: 'broker.heartbeat';
  readonly timeUnixMs: number;
}

export interface AdminRequest {
  readonly type: 'admin.request';
  /** Chosen by the caller; comes back in the reply. */
  readonly id: number;
  readonly word: string;
  readonly args: unknown;
}

export interface AdminReply {
  readonly type: 'admin.reply';
  readonly id: number;
  readonly ok: boolean;
  /** Null where it failed. */
  readonly result: unknown;
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
}

const exception: Codec<ConfirmException> = (() => {
  const spoken = record<{
    sequence: number;
    duplicate: boolean;
    code: ErrorCode;
    retryAfterMs: number;
    detail: string;
  }>({
    sequence: need('sequence', count),
    duplicate: maybe('duplicate', flag, false),
    code: maybe('code', errorCode, 'INTERNAL'),
    retryAfterMs: maybe('retry_after_ms', count, 0),
    detail: maybe('detail', text(CONTROL_BYTES_MAX), ''),
  });
  return {
    read(value, at, misfit) {
      const read = spoken.read(value, at, misfit);
      if (read === undefined) return undefined;
      return read.duplicate ? { sequence: read.sequence, duplicate: true } : { ...read, duplicate: false };
    },
    write: (value) =>
      value.duplicate
        ? { sequence: value.sequence, duplicate: true }
        : { ...(spoken.write(value) as object), code: value.code },
  };
})();

const NONE: readonly ConfirmException[] = [];

export const confirmed: Codec<Omit<PublishConfirmed, 'type'>> = record<Omit<PublishConfirmed, 'type'>>({
  throughSequence: maybe('through_sequence', nullable(count), null),
  messageId: maybe('message_id', text(MESSAGE_ID_BYTES_MAX), ''),
  position: need('position', count),
  durability: need('durability', oneOf(...DURABILITIES)),
  duplicate: maybe('duplicate', flag, false),
  exceptions: maybe('exceptions', list(exception, CONFIRM_EXCEPTIONS_MAX), NONE),
});

export const error: Codec<Omit<ErrorWord, 'type'>> = record<Omit<ErrorWord, 'type'>>({
  code: need('code', errorCode),
  message: need('message', text(CONTROL_BYTES_MAX)),
  messageId: maybe('message_id', text(MESSAGE_ID_BYTES_MAX), ''),
  retryable: need('retryable', flag),
  retryAfterMs: maybe('retry_after_ms', count, 0),
  sequence: maybe('sequence', nullable(count), null),
  deliveryId: maybe('delivery_id', nullable(id), null),
  request: maybe('request', nullable(count), null),
});

export const draining: Codec<Omit<ServerDraining, 'type'>> = record<Omit<ServerDraining, 'type'>>({
  reconnectAfterMs: maybe('reconnect_after_ms', count, 0),
});

export const brokerHeartbeat: Codec<Omit<BrokerHeartbeat, 'type'>> = record<Omit<BrokerHeartbeat, 'type'>>({
  timeUnixMs: need('time_unix_ms', count),
});

const NO_ARGS: unknown = Object.freeze({});

export const adminRequest: Codec<Omit<AdminRequest, 'type'>> = record<Omit<AdminRequest, 'type'>>({
  id: need('id', count),
  word: need('word', text(NAME_BYTES_MAX)),
  args: maybe('args', anything, NO_ARGS),
});

const failure = record<{ code: ErrorCode; message: string }>({
  code: need('code', errorCode),
  message: need('message', text(CONTROL_BYTES_MAX)),
});

export const adminReply: Codec<Omit<AdminReply, 'type'>> = record<Omit<AdminReply, 'type'>>({
  id: need('id', count),
  ok: need('ok', flag),
  result: maybe('result', anything, null),
  error: maybe('error', nullable(failure), null),
});

export interface ErrorParts {
  readonly detail?: string;
  readonly messageId?: string;
  readonly retryAfterMs?: number;
  readonly sequence?: number;
  readonly deliveryId?: number;
  readonly request?: number;
}

/** The error word for a code: the catalogue's sentence, then what it cannot know. */
export function errorWord(code: ErrorCode, parts: ErrorParts = {}): ErrorWord {
  const detail = parts.detail ?? '';
  return {
    type: 'error',
    code,
    message: detail === '' ? ERRORS[code].sentence : `${ERRORS[code].sentence} ${detail}`,
    messageId: parts.messageId ?? '',
    retryable: ERRORS[code].retry === 'later',
    retryAfterMs: parts.retryAfterMs ?? 0,
    sequence: parts.sequence ?? null,
    deliveryId: parts.deliveryId ?? null,
    request: parts.request ?? null,
  };
}
