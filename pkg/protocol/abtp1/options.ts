// The options frame of a publish: JSON with a closed list of names. Attributes become those of the message; what is
// not carried out yet is refused; the rest says how this one publish is to be read and answered.

import { type Attributes, isOptionRefusal, NO_ATTRIBUTES, type OptionRefusal, takeAttributes } from '../attributes.ts';
import { isCount, textLength } from '../bytes.ts';
import type { BodyFormName } from '../control/hello.ts';
import { isAbsent, type JsonObject, parseObject } from '../json.ts';
import { MESSAGE_ID_BYTES_MAX, OPTIONS_BYTES_MAX } from '../limits.ts';
import { refuseCompression, refuseUnsupported, UNSUPPORTED_OPTIONS } from '../publish-options.ts';
import { NAME_BYTES_MAX } from '../topic.ts';

export interface PublishOptions {
  readonly attributes: Attributes;
  /** Null: what hello said, else raw. */
  readonly form: BodyFormName | null;
  readonly messageId: string;
  readonly tenant: string | null;
  readonly isCompressed: boolean;
  readonly confirm: boolean;
  /** The producer's own number of this message. */
  readonly sequence: number | null;
}

export const NO_OPTIONS: PublishOptions = {
  attributes: NO_ATTRIBUTES,
  form: null,
  messageId: '',
  tenant: null,
  isCompressed: false,
  confirm: false,
  sequence: null,
};

export const OPTION_NAMES: readonly string[] = [
  'form',
  'message_id',
  'tenant_id',
  'compression',
  'confirm',
  'sequence',
];
const OTHERS: ReadonlySet<string> = new Set(
  [...OPTION_NAMES, ...UNSUPPORTED_OPTIONS].filter((name) => name !== 'delivery_mode' && name !== 'codec'),
);

export function readOptions(frame: Uint8Array): PublishOptions | OptionRefusal {
  if (frame.length === 0) return NO_OPTIONS;
  if (frame.length > OPTIONS_BYTES_MAX) {
    return { code: 'FRAME_TOO_LARGE', detail: `options of ${frame.length} bytes, at most ${OPTIONS_BYTES_MAX}` };
  }
  const given = parseObject(frame, OPTIONS_BYTES_MAX);
  if (given === null) return { code: 'MALFORMED_OPTIONS', detail: 'the options frame must be a JSON object' };
  const refused = refuseUnsupported(given) ?? refuseCompression(given['compression']) ?? misshapen(given);
  if (refused !== null) return refused;
  const attributes = takeAttributes(given, OTHERS);
  if (isOptionRefusal(attributes)) return attributes;
  const tenant = given['tenant_id'] ?? attributes.headers?.['tenant_id'];
  return {
    attributes,
    form: isAbsent(given['form']) ? null : (given['form'] as BodyFormName),
    messageId: isAbsent(given['message_id']) ? '' : (given['message_id'] as string),
    tenant: typeof tenant === 'string' && tenant !== '' ? tenant : null,
    isCompressed: given['compression'] === 'lz4',
    confirm: given['confirm'] === true,
    sequence: isAbsent(given['sequence']) ? null : (given['sequence'] as number),
  };
}

const FORMS: readonly unknown[] = ['raw', 'event', 'envelope'];

function misshapen(given: JsonObject): OptionRefusal | null {
  const wrong = (detail: string): OptionRefusal => ({ code: 'MALFORMED_OPTIONS', detail });
  const {
    form,
    message_id: messageId,
    tenant_id: tenant,
    confirm,
    sequence,
  } = given as {
    readonly [Name in 'form' | 'message_id' | 'tenant_id' | 'confirm' | 'sequence']?: unknown;
  };
  if (!isAbsent(form) && !FORMS.includes(form)) return wrong('form must be raw, event or envelope');
  if (!isTextWithin(messageId, MESSAGE_ID_BYTES_MAX))
    return wrong(`message_id must be a text of at most ${MESSAGE_ID_BYTES_MAX} bytes`);
  if (!isTextWithin(tenant, NAME_BYTES_MAX))
    return wrong(`tenant_id must be a text of at most ${NAME_BYTES_MAX} bytes`);
  if (!isAbsent(confirm) && typeof confirm !== 'boolean') return wrong('confirm must be true or false');
  if (!isAbsent(sequence) && !(isCount(sequence) && sequence > 0))
    return wrong('sequence must be a whole number from 1');
  return null;
}

const isTextWithin = (value: unknown, bytesMax: number): boolean =>
  isAbsent(value) || (typeof value === 'string' && textLength(value) <= bytesMax);
