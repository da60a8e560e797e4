// The earlier system's file of dead letters. A file of another shape is refused whole; a record that breaks a rule
// is refused alone and named, so that one bad record neither hides nor stops the others.

import { ERRORS, type ErrorCode, TachyonError } from '../../../pkg/protocol/errors.ts';
import { checkName, checkTopic } from '../../../pkg/protocol/topic.ts';
import { digestOf, isObject, JsonFields, type JsonObject, readJson } from './json-fields.ts';

/** 2 is what it writes; 1 had the same records. */
const VERSIONS = [1, 2];
/** What a message block has room for. */
const MESSAGE_ID_BYTES_MAX = 65_535;
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;
const FIELDS = [
  'message_id',
  'consumer_id',
  'session_id',
  'tenant_id',
  'topic',
  'payload',
  'priority',
  'enqueue_sequence',
  'attempt',
  'reason',
  'dead_lettered_at',
  'replay_count',
  'last_replay_at',
  'last_replay_target',
];

export interface DlqFileRecord {
  readonly messageId: string;
  readonly tenant: string;
  readonly topic: string;
  /** Empty where an operator dead-lettered by hand and named none. */
  readonly consumer: string;
  readonly session: string;
  readonly payload: Uint8Array;
  readonly priority: string;
  readonly enqueueSequence: number;
  readonly attempt: number;
  readonly reason: string;
  /** `null` for the zero time. */
  readonly deadLetteredAtMs: number | null;
  readonly replayCount: number;
  readonly lastReplayAtMs: number | null;
  readonly lastReplayTarget: string;
}

export interface RefusedDlqRecord {
  /** The key in the file. */
  readonly id: string;
  readonly code: ErrorCode;
  readonly detail: string;
}

export interface DlqFile {
  readonly digest: string;
  /** Oldest first, then by id: the order of the earlier listing. */
  readonly records: readonly DlqFileRecord[];
  readonly refused: readonly RefusedDlqRecord[];
}

/** Throws INVALID_CONFIG with file and field when the file is not a store of dead letters at all. */
export function parseDlqFile(bytes: Uint8Array, file: string): DlqFile {
  const records: DlqFileRecord[] = [];
  const refused: RefusedDlqRecord[] = [];
  for (const [id, value] of Object.entries(storeOf(readJson(bytes, file), file))) {
    try {
      records.push(readRecord(id, value, file));
    } catch (error) {
      if (!(error instanceof TachyonError)) throw error;
      refused.push({ id, code: error.code, detail: error.detail });
    }
  }
  records.sort((a, b) => (a.deadLetteredAtMs ?? 0) - (b.deadLetteredAtMs ?? 0) || (a.messageId < b.messageId ? -1 : 1));
  return { digest: digestOf(bytes), records, refused };
}

/** The records by id: bare, or in an envelope. A bare record is never a number, so the version tells them apart. */
function storeOf(value: unknown, file: string): JsonObject {
  if (value === undefined || value === null) return {};
  const fields = new JsonFields(value, file, 'INVALID_CONFIG');
  if (!isObject(value) || typeof value['version'] !== 'number') return value as JsonObject;
  fields.allow(['version', 'data']);
  const version = fields.integer('version');
  if (!VERSIONS.includes(version)) throw fields.wrong('version', `is ${version}, known are ${VERSIONS.join(' and ')}`);
  const data = value['data'] ?? {};
  if (!isObject(data)) throw fields.wrong('data', 'must be an object of records by message id');
  return data;
}

function readRecord(id: string, value: unknown, file: string): DlqFileRecord {
  const fields = new JsonFields(value, `${file}: ${JSON.stringify(id)}`, 'INVALID_ARGUMENT');
  fields.allow(FIELDS);
  const messageId = fields.text('message_id', id);
  if (messageId !== id) throw fields.wrong('message_id', `is ${JSON.stringify(messageId)}, not the key of the record`);
  const idBytes = new TextEncoder().encode(id).length;
  if (idBytes === 0 || idBytes > MESSAGE_ID_BYTES_MAX)
    throw fields.wrong('message_id', `must be 1 to ${MESSAGE_ID_BYTES_MAX} bytes`);
  const topic = fields.text('topic');
  const topicFault = checkTopic(topic);
  if (topicFault !== null)
    throw fields.wrong('topic', `${JSON.stringify(topic)}: ${ERRORS[topicFault].sentence}`, topicFault);
  return {
    messageId,
    tenant: readName(fields, 'tenant_id'),
    topic,
    consumer: readName(fields, 'consumer_id'),
    session: fields.text('session_id', ''),
    payload: readBase64(fields, 'payload'),
    priority: fields.text('priority', ''),
    enqueueSequence: fields.count('enqueue_sequence', 0),
    attempt: fields.count('attempt', 0),
    reason: fields.text('reason', ''),
    deadLetteredAtMs: readTime(fields, 'dead_lettered_at'),
    replayCount: fields.count('replay_count', 0),
    lastReplayAtMs: readTime(fields, 'last_replay_at'),
    lastReplayTarget: fields.text('last_replay_target', ''),
  };
}

function readName(fields: JsonFields, field: string): string {
  const name = fields.text(field, '');
  if (name !== '' && checkName(name) !== null)
    throw fields.wrong(field, `${JSON.stringify(name)}: ${ERRORS.INVALID_NAME.sentence}`, 'INVALID_NAME');
  return name;
}

/** Node decodes what it can and drops the rest, so only what encodes to the same text again is taken. */
function readBase64(fields: JsonFields, field: string): Uint8Array {
  const text = fields.text(field, '');
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw fields.wrong(field, 'must be base64', 'MALFORMED_BODY');
  return bytes;
}

/** The zero time of the earlier system is year 1. */
function readTime(fields: JsonFields, field: string): number | null {
  const text = fields.text(field, '');
  if (text === '') return null;
  const ms = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw fields.wrong(field, `${JSON.stringify(text)} is not an RFC 3339 time`);
  return ms > 0 ? ms : null;
}
