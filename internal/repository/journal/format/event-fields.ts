// The kinds of field that an event is made of, and events as lists of fields. The order of the list is the order of
// the bytes, for ever: a change needs a new event version. Parts with a structure of their own (policy, operator,
// attempt records) are JSON, checked on reading; the rest is binary.

import { invariant } from '../../../domain/assert.ts';
import type { Operator } from '../../../domain/event.ts';
import { type ByteReader, CodecFault } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

export interface Field<Value> {
  write(to: ByteWriter, value: Value): void;
  read(from: ByteReader): Value;
}

export interface EventCodec<E extends { readonly type: string }> {
  readonly kind: number;
  readonly type: E['type'];
  write(to: ByteWriter, event: E): void;
  read(from: ByteReader): E;
}

/** Ids, positions, counts: whole numbers from 0. */
export const count = <N extends number>(): Field<N> => ({
  write: (to, value) => to.varint(value),
  read: (from) => from.varint() as N,
});

/** Times and anything that may be negative or have a fraction. */
export const real: Field<number> = {
  write: (to, value) => to.f64(value),
  read: (from) => from.f64(),
};

export const text: Field<string> = {
  write: (to, value) => to.text(value),
  read: (from) => from.text(),
};

export const bytes: Field<Uint8Array> = {
  write: (to, value) => to.bytes(value),
  read: (from) => from.bytes(),
};

export const truth: Field<boolean> = {
  write: (to, value) => to.u8(value ? 1 : 0),
  read: (from) => {
    const byte = from.u8();
    if (byte > 1) throw new CodecFault('a truth value that is neither 0 nor 1');
    return byte === 1;
  },
};

/** One of a fixed list, as its place in it: the list may only be appended to. */
export const oneOf = <Word extends string>(...words: readonly Word[]): Field<Word> => ({
  write: (to, value) => {
    const place = words.indexOf(value);
    // What could not be read back must not be written: a journal with it could not be opened.
    invariant(place >= 0, `'${value}' is in its list`);
    to.u8(place);
  },
  read: (from) => {
    const word = words[from.u8()];
    if (word === undefined) throw new CodecFault('a word outside its list');
    return word;
  },
});

export const json = <Value>(is: (value: unknown) => value is Value): Field<Value> => ({
  write: (to, value) => to.text(JSON.stringify(value)),
  read: (from) => {
    const value = parsed(from.text());
    if (!is(value)) throw new CodecFault('JSON of the wrong shape');
    return value;
  },
});

type Json = Readonly<Record<string, unknown>>;
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isOperator = (value: unknown): value is Operator | null =>
  value === null || (isObject(value) && typeof value['actor'] === 'string' && typeof value['reason'] === 'string');

/** Who did it and why; null: no operator did. */
export const operator = json(isOperator);
export const actor = json((value: unknown): value is Operator => value !== null && isOperator(value));

function parsed(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (cause) {
    throw new CodecFault('a part that is not JSON', { cause });
  }
}

const RUN = 0;
const ASCENDING = 1;
const ANY = 2;

/** A run costs no bytes per item, so that only this bounds what damaged bytes can ask for. */
const RUN_MAX = 1 << 20;

/** Numbers of messages or deliveries: a run as base and count, an ascending list as deltas, any other as it is. */
export const numbers = <N extends number>(runMax = RUN_MAX): Field<readonly N[]> => ({
  write: (to, list) => {
    let form = list.length <= runMax ? RUN : ASCENDING;
    for (let i = 1; i < list.length && form !== ANY; i += 1) {
      const delta = (list[i] as number) - (list[i - 1] as number);
      if (delta < 0) form = ANY;
      else if (delta !== 1) form = ASCENDING;
    }
    to.u8(form);
    to.varint(list.length);
    const written = form === RUN ? Math.min(1, list.length) : list.length;
    let before = 0;
    for (let i = 0; i < written; i += 1) {
      const value = list[i] as number;
      to.varint(form === ASCENDING ? value - before : value);
      before = value;
    }
  },
  read: (from) => {
    const form = from.u8();
    if (form > ANY) throw new CodecFault('a list of an unknown form');
    return form === RUN ? readRun(from, runMax) : readList(from, form === ASCENDING);
  },
});

function readRun<N extends number>(from: ByteReader, runMax: number): N[] {
  const length = from.varint();
  if (length === 0) return [];
  if (length > runMax) throw new CodecFault('a run that is longer than any');
  const base = from.varint();
  if (base + length > Number.MAX_SAFE_INTEGER) throw new CodecFault('a number above 2^53');
  const run = new Array<N>(length);
  for (let i = 0; i < length; i += 1) run[i] = (base + i) as N;
  return run;
}

function readList<N extends number>(from: ByteReader, deltas: boolean): N[] {
  const length = from.count(1);
  const list = new Array<N>(length);
  let before = 0;
  for (let i = 0; i < length; i += 1) {
    const value = from.varint();
    before = deltas ? before + value : value;
    list[i] = before as N;
  }
  if (before > Number.MAX_SAFE_INTEGER) throw new CodecFault('a number above 2^53');
  return list;
}

type Fields<E> = { readonly [Name in Exclude<keyof E, 'type'>]: Field<E[Name]> };

/** An event that is nothing but its fields, in the order in which they are given. */
export function record<E extends { readonly type: string }>(
  kind: number,
  type: E['type'],
  fields: Fields<E>,
): EventCodec<E> {
  const entries = Object.entries(fields) as readonly [string, Field<unknown>][];
  return {
    kind,
    type,
    write: (to, event) => {
      const values = event as unknown as Readonly<Record<string, unknown>>;
      for (const [name, field] of entries) field.write(to, values[name]);
    },
    read: (from) => {
      const event: Record<string, unknown> = { type };
      for (const [name, field] of entries) event[name] = field.read(from);
      return event as unknown as E;
    },
  };
}
