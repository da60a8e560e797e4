// A capture as bytes: a version, then sections of kind, length and content. Rare tables are JSON, numbers per message
// are little-endian columns. The encoder is a generator, so that writing never holds the loop for long.

import { joined, lengthOf, writeRuns } from '../../../pkg/protocol/bytes.ts';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { invariant } from '../../domain/assert.ts';
import type { Position } from '../../domain/ids.ts';
import { asPosition } from '../../domain/ids.ts';
import type { Route } from '../../domain/route.ts';
import type { RegisteredSchema } from '../../domain/schema.ts';
import {
  type Capture,
  type CapturedProducer,
  type CapturedQueue,
  type CapturedScalars,
  type CapturedSession,
  RETRY_NUMBERS,
} from './capture.ts';

const CHECKPOINT_CONTENT_VERSION = 1;

const SCALARS = 1;
const QUEUE = 2;
const ROUTES = 3;
const SESSIONS = 4;
const PRODUCER = 5;
const RETRIES = 6;
const LEASES = 7;
const EXPIRIES = 8;
/** Routes that look at messages, or are of another kind than the first broker's: it must not take them for plain ones. */
const SHAPED = 58;
const SCHEMA = 59;
const COPIES = 61;

const HEAD = 8;
const PER_SECTION = 1_024;
const RETRY_NUMBERS_PER_SECTION = PER_SECTION * 16 * RETRY_NUMBERS;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

invariant(new Uint8Array(new Uint16Array([1]).buffer)[0] === 1, 'the numbers of a checkpoint are little-endian');

/** The checkpoint's content in pieces, each made when it is asked for. */
export function* encodeCapture(capture: Capture): Generator<Uint8Array> {
  const head = new Uint8Array(HEAD);
  new DataView(head.buffer).setUint32(0, CHECKPOINT_CONTENT_VERSION, true);
  yield head;
  yield json(SCALARS, capture.scalars);
  for (const queue of capture.queues) yield queueSection(queue);
  yield* routeSections(ROUTES, capture.routes.filter(isPlain));
  yield* routeSections(
    SHAPED,
    capture.routes.filter((route) => !isPlain(route)),
  );
  for (let at = 0; at < capture.sessions.length; at += PER_SECTION) {
    yield json(SESSIONS, capture.sessions.slice(at, at + PER_SECTION));
  }
  for (const producer of capture.producers) yield producerSection(producer);
  const { retries } = capture;
  for (let at = 0; at < retries.length; at += RETRY_NUMBERS_PER_SECTION) {
    yield section(RETRIES, [bytesOf(retries.subarray(at, at + RETRY_NUMBERS_PER_SECTION))]);
  }
  yield section(LEASES, [bytesOf(capture.leases)]);
  if (capture.expiries.length > 0) yield section(EXPIRIES, [bytesOf(capture.expiries)]);
  for (const schema of capture.schemas) yield json(SCHEMA, schema);
  if (capture.copiesOwed.length > 0) yield section(COPIES, [bytesOf(capture.copiesOwed)]);
}

const isPlain = ({ kind, when, schema }: Route): boolean =>
  (kind === 'direct' || kind === 'fanout') && when === undefined && schema === undefined;

function* routeSections(kind: number, routes: readonly Route[]): Generator<Uint8Array> {
  for (let at = 0; at < routes.length; at += PER_SECTION) yield json(kind, routes.slice(at, at + PER_SECTION));
}

export interface DecodedCapture extends Omit<Capture, 'leases'> {
  readonly leases: Float64Array;
}

/** The capture again. Its bytes were verified by the store; what cannot be understood is a newer version. */
export function decodeCapture(bytes: Uint8Array, position: Position): DecodedCapture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(0, true);
  if (version !== CHECKPOINT_CONTENT_VERSION) {
    throw new TachyonError(
      'FORMAT_TOO_NEW',
      `checkpoint content version ${version}, known up to ${CHECKPOINT_CONTENT_VERSION}`,
    );
  }
  let scalars: CapturedScalars | null = null;
  const queues: CapturedQueue[] = [];
  const routes: Route[] = [];
  const sessions: CapturedSession[] = [];
  const producers: CapturedProducer[] = [];
  const schemas: RegisteredSchema[] = [];
  const retries: Uint8Array[] = [];
  let leases = new Float64Array(0);
  let expiries = new Float64Array(0);
  let copiesOwed = new Float64Array(0);
  for (let at = HEAD; at < bytes.length; ) {
    const kind = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    const content = bytes.subarray(at + HEAD, at + HEAD + length);
    at += HEAD + length;
    if (kind === SCALARS) scalars = parse(content) as CapturedScalars;
    else if (kind === QUEUE) queues.push(queueFrom(content));
    else if (kind === ROUTES || kind === SHAPED) routes.push(...(parse(content) as Route[]));
    else if (kind === SESSIONS) sessions.push(...(parse(content) as CapturedSession[]));
    else if (kind === PRODUCER) producers.push(producerFrom(content));
    else if (kind === RETRIES) retries.push(content);
    else if (kind === LEASES) leases = numbersFrom(content);
    else if (kind === EXPIRIES) expiries = numbersFrom(content);
    else if (kind === SCHEMA) schemas.push(parse(content) as RegisteredSchema);
    else if (kind === COPIES) copiesOwed = numbersFrom(content);
    else throw new TachyonError('FORMAT_TOO_NEW', `checkpoint section ${kind} is not known`);
  }
  invariant(scalars !== null, 'a checkpoint begins with its scalars');
  return {
    position: asPosition(position),
    scalars,
    queues,
    routes,
    sessions,
    producers,
    retries: numbersFrom(joined(retries)),
    expiries,
    leases,
    copiesOwed,
    schemas,
  };
}

function section(kind: number, pieces: readonly Uint8Array[]): Uint8Array {
  const length = lengthOf(pieces);
  const bytes = new Uint8Array(HEAD + length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, kind, true);
  view.setUint32(4, length, true);
  writeRuns(pieces, bytes, HEAD);
  return bytes;
}

const json = (kind: number, value: unknown): Uint8Array => section(kind, [encoder.encode(JSON.stringify(value))]);
const parse = (bytes: Uint8Array): unknown => JSON.parse(decoder.decode(bytes));
const bytesOf = (numbers: Float64Array | Uint32Array): Uint8Array =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);

/** Content may stand at any offset, and a Float64Array may not: the numbers are copied out. */
function numbersFrom(bytes: Uint8Array): Float64Array<ArrayBuffer> {
  const numbers = new Float64Array(bytes.length / 8);
  new Uint8Array(numbers.buffer).set(bytes);
  return numbers;
}

/** Lengths of the JSON part and of the runs, then JSON, runs, counts. */
function queueSection(queue: CapturedQueue): Uint8Array {
  const { runs, counts, ...rest } = queue;
  const text = encoder.encode(JSON.stringify(rest));
  const lengths = new Uint32Array([text.length, runs.length]);
  return section(QUEUE, [bytesOf(lengths), text, bytesOf(Float64Array.from(runs)), bytesOf(Float64Array.from(counts))]);
}

function queueFrom(content: Uint8Array): CapturedQueue {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const textEnd = 8 + view.getUint32(0, true);
  const runsEnd = textEnd + view.getUint32(4, true) * 8;
  const rest = parse(content.subarray(8, textEnd)) as Omit<CapturedQueue, 'runs' | 'counts'>;
  return {
    ...rest,
    runs: Array.from(numbersFrom(content.subarray(textEnd, runsEnd))),
    counts: Array.from(numbersFrom(content.subarray(runsEnd))),
  };
}

function producerSection({ bits, ...rest }: CapturedProducer): Uint8Array {
  const text = encoder.encode(JSON.stringify(rest));
  return section(PRODUCER, [bytesOf(new Uint32Array([text.length])), text, bytesOf(bits)]);
}

function producerFrom(content: Uint8Array): CapturedProducer {
  const textEnd = 4 + new DataView(content.buffer, content.byteOffset).getUint32(0, true);
  const rest = parse(content.subarray(4, textEnd)) as Omit<CapturedProducer, 'bits'>;
  const bits = new Uint32Array((content.length - textEnd) / 4);
  new Uint8Array(bits.buffer).set(content.subarray(textEnd));
  return { ...rest, bits };
}
