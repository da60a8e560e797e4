// Judges bodies by JSON Schema (draft 2020-12) with ajv. Each schema is compiled once, when it is first needed; patterns run in
// linear time within a budget; a body is unpacked and parsed only here.

import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import {
  attributesOf,
  bodyOffset,
  COMPRESSION_LZ4,
  compressionOf,
  FORM_ENVELOPE,
  FORM_EVENT,
  formOf,
} from '../../../pkg/protocol/block.ts';
import { cutText } from '../../../pkg/protocol/bytes.ts';
import { isJsonType } from '../../../pkg/protocol/delivered/facts.ts';
import type { PublishMessage } from '../../domain/command.ts';
import type { Refusal } from '../../domain/effect.ts';
import { JUDGED_BODY_BYTES_MAX, type JudgeBody, type RegisteredSchema } from '../../domain/schema.ts';
import type { Decompress } from '../../usecase/ports/unpack.ts';
import { BudgetSpent, LinearPattern, StepBudget } from './linear-pattern.ts';
import { readSchema } from './schema-text.ts';

const PATTERN_STEPS_MAX = 2_000_000;
const DETAIL_BYTES_MAX = 300;
const SIZE_BYTES = 4;

interface Compiled {
  readonly text: string;
  readonly validate: ValidateFunction;
}

export class AjvJudge {
  readonly #decompress: Decompress;
  readonly #compiled = new Map<string, Compiled>();
  readonly #budget = new StepBudget();

  /** `decompress`: at most what a message may be; sizes are looked at before. */
  constructor(decompress: Decompress) {
    this.#decompress = decompress;
  }

  /** What is wrong with a schema, or null. */
  faultOf(text: string): string | null {
    const compiled = this.#compile(text);
    return 'fault' in compiled ? compiled.fault : null;
  }

  readonly judge: JudgeBody = (schema, source, message) => {
    const body = this.#valueOf(source, message);
    if ('refusal' in body) return body.refusal;
    const compiled = this.#of(schema);
    if ('fault' in compiled) return mismatch(schema, compiled.fault);
    this.#budget.refill(PATTERN_STEPS_MAX);
    try {
      if (compiled.validate(body.value)) return null;
    } catch (error) {
      if (error instanceof BudgetSpent)
        return mismatch(schema, 'its texts cost the patterns of the schema too many steps');
      if (error instanceof RangeError) return mismatch(schema, 'it is nested too deeply');
      throw error;
    }
    return mismatch(schema, told(compiled.validate.errors?.[0]));
  };

  #of(schema: RegisteredSchema): Compiled | { readonly fault: string } {
    const known = this.#compiled.get(schema.name);
    if (known?.text === schema.text) return known;
    const compiled = this.#compile(schema.text);
    if ('fault' in compiled) return compiled;
    this.#compiled.set(schema.name, compiled);
    return compiled;
  }

  #compile(text: string): Compiled | { readonly fault: string } {
    const read = readSchema(text);
    if ('fault' in read) return read;
    const regExp = Object.assign((pattern: string) => new LinearPattern(pattern, this.#budget), { code: 'linear' });
    const ajv = new Ajv2020({
      strictSchema: true,
      strictNumbers: true,
      strictTypes: false,
      strictTuples: false,
      strictRequired: false,
      allErrors: false,
      addUsedSchema: false,
      logger: false,
      code: { regExp },
    });
    try {
      return { text, validate: ajv.compile(read.schema) };
    } catch (error) {
      return { fault: cutText(error instanceof Error ? error.message : String(error), DETAIL_BYTES_MAX) };
    }
  }

  /** The JSON value of the body: of an envelope or an earlier event, what it carries. */
  #valueOf(source: Uint8Array, { start, end, tail }: PublishMessage): { value: unknown } | { refusal: Refusal } {
    const packed = tail ?? source.subarray(bodyOffset(source, start), end);
    const isPacked = compressionOf(source, start) === COMPRESSION_LZ4;
    const size = isPacked ? declaredSize(packed) : packed.length;
    if (size > JUDGED_BODY_BYTES_MAX) {
      const detail = `${size} bytes, at most ${JUDGED_BODY_BYTES_MAX} where a schema judges`;
      return { refusal: { code: 'PAYLOAD_TOO_LARGE', detail } };
    }
    const type = attributesOf(source, start)?.content_type;
    if (type !== undefined && !isJsonType(type)) return notJson(`its content type is ${type.slice(0, 80)}`);
    const plain = isPacked ? this.#decompress(packed) : packed;
    if (plain === null) return notJson('it cannot be unpacked');
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plain));
    } catch {
      return notJson('it does not parse');
    }
    const form = formOf(source, start);
    return form === FORM_ENVELOPE || form === FORM_EVENT ? carriedBy(value) : { value };
  }
}

/** `payload` of an envelope, `Data` of an event, in whatever case it was written. */
function carriedBy(value: unknown): { value: unknown } | { refusal: Refusal } {
  const fields = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const found = fields.find(([name]) => name === 'payload') ?? fields.find(([name]) => name.toLowerCase() === 'data');
  return found === undefined ? notJson('it carries no payload as JSON') : { value: found[1] };
}

const declaredSize = (packed: Uint8Array): number =>
  packed.length < SIZE_BYTES ? 0 : new DataView(packed.buffer, packed.byteOffset, packed.byteLength).getUint32(0, true);

const notJson = (why: string): { refusal: Refusal } => ({
  refusal: { code: 'SCHEMA_MISMATCH', detail: `the body is no JSON: ${why}` },
});

const mismatch = ({ name }: RegisteredSchema, what: string): Refusal => ({
  code: 'SCHEMA_MISMATCH',
  detail: cutText(`schema "${name}": ${what}`, DETAIL_BYTES_MAX),
});

/** The place as a JSON pointer, the keyword, and what it asks for: nothing of the body itself. */
function told(error: ErrorObject | undefined): string {
  if (error === undefined) return 'it does not fit';
  const { instancePath, keyword, message = '' } = error;
  return `at ${instancePath === '' ? 'the root' : instancePath}: ${keyword}: ${message}`;
}
