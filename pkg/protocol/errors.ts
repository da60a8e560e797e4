// The error catalogue: the same codes on the wire, in the client, in the CLI, in HTTP replies and in docs/errors.md.
// Severity says what survives: the request only, the session, or the process. Retry says whether the same call can
// succeed later. Codes are for ever: a retired one stays listed and is not used again.

export type Severity = 'request' | 'session' | 'process';
export type Retry = 'never' | 'later';

export interface ErrorEntry {
  readonly sentence: string;
  readonly severity: Severity;
  readonly retry: Retry;
}

const entry = (sentence: string, severity: Severity = 'request', retry: Retry = 'never'): ErrorEntry => ({
  sentence,
  severity,
  retry,
});

export const ERRORS = {
  // frames and forms
  MALFORMED_FRAMES: entry('The message has a number or an order of frames that the protocol does not know.'),
  MALFORMED_CONTROL: entry('The control message is not JSON of the shape that its type asks for.'),
  MALFORMED_PACKET: entry('The abtp/2 packet is cut short, or its counts and lengths do not add up.'),
  MALFORMED_BODY: entry('The body is not what its stated form says it is.'),
  MALFORMED_OPTIONS: entry('The options frame is not a JSON object with known fields of the right types.'),
  UNKNOWN_CONTROL: entry('No control message has this type.'),
  UNSUPPORTED_VERSION: entry('This version of the protocol is not spoken here.', 'session'),
  UNSUPPORTED_COMPRESSION: entry('The body is compressed in a way that is not known here.'),
  FRAME_TOO_LARGE: entry('A frame is larger than the limit of its kind.'),
  PAYLOAD_TOO_LARGE: entry('The body is larger than a message may be, as sent or when decompressed.'),
  TOO_MANY_ITEMS: entry('The list is longer than one message may carry.'),
  INVALID_TOPIC: entry('The topic breaks the grammar, or is longer or deeper than a topic may be.'),
  INVALID_PATTERN: entry('The pattern breaks the grammar, or is longer or deeper than a pattern may be.'),
  RESERVED_TOPIC: entry('Topics that begin with an underscore belong to the broker.'),
  INVALID_NAME: entry('A name is empty, too long, or holds characters that names may not have.'),
  INVALID_ARGUMENT: entry('A field has a value outside its range.'),
  NOT_SUPPORTED: entry('This broker knows the option, but does not carry it out yet.'),
  NOT_ALLOWED_HERE: entry('This word is spoken only on the admin endpoint.'),
  TENANT_NOT_TRUSTED: entry('A client may name a tenant only where TRUST_CLIENT_TENANT is on.'),
  FANOUT_NOT_ISOLATED: entry('Fanout reaches every subscriber, so only the default tenant may use it.'),

  // publishing
  UNROUTABLE: entry('No route leads this topic to a queue or to fanout.'),
  SCHEMA_MISMATCH: entry('The body is not what the schema of a route asks for; the place and the keyword are said.'),
  SEQUENCE_TOO_OLD: entry(
    'The sequence is below the window in which duplicates are known: it is neither accepted nor confirmed.',
  ),
  STORAGE_FULL: entry('The disk has no room for another message.', 'request', 'later'),
  BUSY: entry('The broker or a queue is at its bound; try again after the time that is said.', 'request', 'later'),
  QUOTA_EXCEEDED: entry('A quota of the tenant is used up; try again after the time that is said.', 'request', 'later'),
  THROTTLED: entry('Messages come faster than they may; try again after the time that is said.', 'request', 'later'),
  OVERLOADED: entry(
    'The broker is overloaded and takes nothing of this class of priority; try again after the time that is said.',
    'request',
    'later',
  ),
  SCHEDULE_IN_PAST: entry('The time at which the message is to be given is past.', 'request', 'never'),
  SCHEDULE_TOO_FAR: entry(
    'The time at which the message is to be given is further ahead than may be.',
    'request',
    'never',
  ),
  NOT_SCHEDULED: entry('No such message waits for its time: it is not there, was given already, or is tried again.'),
  ALREADY_EXPIRED: entry('The message would be worth nothing before anybody could get it.', 'request', 'never'),
  BATCH_REFUSED: entry('Another message of the same atomic batch was refused, so that none of them is accepted.'),
  BATCH_TOO_LARGE: entry('The atomic batch has more messages or bytes than one can hold together.'),
  NO_RESPONDERS: entry('An answer is expected, and nobody is there to give it.', 'request', 'later'),
  REPLY_INBOX_GONE: entry('The inbox that the reply is for is not there any more: nobody waits for it.'),
  REQUEST_FAILED: entry('The one who answers said that it went wrong.'),
  REPLIES_LOST: entry('A reply of several is missing, or they came out of order.'),
  TOO_MANY_INBOXES: entry(
    'The connection, or the broker, has as many inboxes and requests under way as it may.',
    'request',
    'later',
  ),
  QUEUE_DRAINING: entry(
    'An operator drains a queue of this topic: it takes nothing new until it is resumed.',
    'request',
    'later',
  ),
  DRAINING: entry('The broker is shutting down; reconnect later.', 'session', 'later'),

  // producers, sessions, deliveries
  HELLO_REQUIRED: entry('This needs a hello first.'),
  UNKNOWN_PRODUCER: entry('The producer id is not known any more, or its token does not fit.', 'session'),
  TOO_MANY_PRODUCERS: entry('No further producer can be opened until one expires.', 'request', 'later'),
  TOO_MANY_SESSIONS: entry('No further session can be opened.', 'request', 'later'),
  NOT_REGISTERED: entry('This connection has no consumer session.'),
  SESSION_TOKEN_MISMATCH: entry('The session token does not fit the session.'),
  SESSION_EXPIRED: entry('The session was silent for too long and has ended.', 'session'),
  SESSION_REPLACED: entry('Another connection took over the session of this consumer.', 'session'),
  STALE_DELIVERY: entry('The lease of this delivery has ended; its message went on without it.'),
  FOREIGN_DELIVERY: entry('This delivery was leased to another session.'),
  UNKNOWN_DELIVERY: entry('No such delivery was made to this connection.'),
  ACK_NEEDS_DELIVERY_ID: entry('The message was given to this connection more than once: name the delivery.'),
  MODE_NOT_SUPPORTED: entry('Consumers register with mode direct; fanout is read from the PUB endpoint.'),

  // queues, routes, operators
  QUEUE_NOT_FOUND: entry('No queue has this name.'),
  QUEUE_DELETED: entry('The queue was deleted, and the deliveries out of it ended with it.'),
  QUEUE_EXISTS: entry('A queue of this name exists with another policy.'),
  QUEUE_NOT_EMPTY: entry('The queue holds messages: purge it first, or say that they may go.'),
  NOT_DRAINING: entry('The queue takes new messages again: to wait until it is empty makes no sense.'),
  TOO_MANY_STEERED: entry('As many consumers are paused or draining as may be.'),
  QUEUE_IN_USE: entry('The queue has consumers.'),
  TOO_MANY_QUEUES: entry('No further queue can be declared.'),
  ROUTE_NOT_FOUND: entry('No such route.'),
  INVALID_SCHEMA: entry('The text is no JSON Schema that can be carried out here.'),
  SCHEMA_NOT_FOUND: entry('No schema has this name.'),
  SCHEMA_IN_USE: entry('Routes name the schema: it stays as it is until none does.'),
  TOO_MANY_SCHEMAS: entry('No further schema can be registered.'),
  INVALID_SCHEDULE: entry(
    'The cron expression, its time zone or another part of the schedule is none, or it never fires.',
  ),
  SCHEDULE_EXISTS: entry('A schedule of this name exists with another plan.'),
  UNKNOWN_SCHEDULE: entry('No schedule has this name.'),
  TOO_MANY_SCHEDULES: entry('No further schedule can be declared.'),
  KEY_NOT_FOUND: entry('The queue holds no message of this partition key.'),
  KEY_NOT_PARKED: entry('The first message of the partition key is not waiting for another attempt.'),
  TOO_MANY_KEYS: entry('No further partition key of this queue can be paused.'),
  MESSAGE_NOT_FOUND: entry('No message of this id is held, and the journal does not tell of one.'),
  TOO_MANY_ROUTES: entry('No further route can be added.'),
  CONFIRMATION_REQUIRED: entry('A word of confirmation is missing or wrong.'),
  DEAD_LETTER_NOT_FOUND: entry('No dead letter is of this description.'),
  AMBIGUOUS_ID: entry('Several dead letters have this message id: name the queue or the sequence too.'),
  TARGET_MISMATCH: entry('The restated target is not what the dead letter was sent to.'),
  TARGET_REQUIRED: entry('A replay restates where its dead letters go, or names another queue for them.'),
  AMBIGUOUS_REASON: entry(
    'The reason of the request is also what some of the dead letters died of: it may have been meant to choose them.',
  ),
  SELECTOR_REQUIRED: entry('Say which dead letters are meant, or that all are.'),
  JOB_NOT_FOUND: entry('No job has this number.'),
  AUDIT_UNAVAILABLE: entry('The audit log cannot be written, so operators can change nothing.', 'request', 'later'),
  ALREADY_IMPORTED: entry('This file was imported before.'),
  NOT_PINNED: entry('The journal is not pinned any more: the time was over, or the disk had no room left.'),

  // starting and running
  INVALID_CONFIG: entry('A setting has a value that it may not have.', 'process'),
  INSECURE_BIND: entry(
    'The address is not loopback and there is no authentication: set ALLOW_INSECURE_BIND=true to allow it.',
    'process',
  ),
  ADDRESS_IN_USE: entry('Another process listens on the address.', 'process'),
  DATA_DIR_LOCKED: entry('Another broker works on the data folder.', 'process'),
  DATA_DIR_UNUSABLE: entry('The data folder cannot be created, read or written.', 'process'),
  FOLDER_NOT_EMPTY: entry('The folder that a copy goes to holds something already: nothing of it was touched.'),
  SOCKET_PATH_TOO_LONG: entry(
    'The path of the admin socket is longer than the system allows: choose a shorter data folder.',
    'process',
  ),
  CORRUPT_JOURNAL: entry('The journal is damaged below what was known to be durable.', 'process'),
  FORMAT_TOO_NEW: entry('The data folder was written by a newer version.', 'process'),
  DISK_FAILED: entry('A write or sync inside a prepared segment failed.', 'process'),
  SIDECAR_UNAVAILABLE: entry(
    'The sidecar does not do its work now, and the settings do not let the broker do it instead.',
    'request',
    'later',
  ),
  SIDECAR_WORKER_LOST: entry('The worker of the sidecar that had this request has ended.', 'request', 'later'),
  CHECKSUM_MISMATCH: entry('The bytes are not those that their checksum was made of.', 'request', 'later'),
  INTERNAL: entry('The broker broke one of its own assumptions; the command changed nothing.'),

  // the gateway
  TOKEN_REQUIRED: entry('A token is missing or not known: send one as X-Admin-Token or as Authorization: Bearer.'),
  ROLE_TOO_LOW: entry('The role of this token does not allow this.'),
  RATE_LIMITED: entry('Too many requests came from this address.', 'request', 'later'),
  NOT_FOUND: entry('Nothing is at this address.'),
  NOT_IN_THIS_SYSTEM: entry('The earlier system answered here; this is no part of a message broker.'),
  UNSUPPORTED_MEDIA_TYPE: entry('The body of a request must be application/json.'),
  CONSUMER_NOT_FOUND: entry('No consumer of this name is known; over HTTP, fetch first.'),

  // clients and tools
  BROKER_UNREACHABLE: entry('The broker does not answer.', 'request', 'later'),
  TIMEOUT: entry('No answer came in time.', 'request', 'later'),
  BACKUP_FAILED: entry('The backup was not made, and nothing is left of it.', 'request', 'later'),
  CLIENT_CLOSED: entry('The client is closed.', 'session'),
  BUFFER_FULL: entry('The client holds as many unconfirmed bytes as it may.', 'request', 'later'),
} as const satisfies Readonly<Record<string, ErrorEntry>>;

export type ErrorCode = keyof typeof ERRORS;

/** Codes that were used once and are not any more. */
export const RETIRED_CODES: readonly string[] = [];

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

/** A failure with a code of the catalogue. `detail` adds what the sentence cannot know. */
export class TachyonError extends Error {
  override readonly name = 'TachyonError';
  readonly code: ErrorCode;
  readonly detail: string;
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode,
    detail = '',
    options: { readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(detail === '' ? `${code}: ${ERRORS[code].sentence}` : `${code}: ${detail}`, { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.retryAfterMs = options.retryAfterMs;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retry === 'later';
  }
}
