// The -f text of `sub` and `consume`: %t topic, %v body, … compiled once, then applied to each message as bytes, so that
// a body that is no text leaves as it came.

import { UsageError } from './failure.ts';

export interface PrintedMessage {
  readonly topic: string;
  readonly body: Uint8Array;
  readonly messageId: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Absent on fanout, which has no queue. */
  readonly queue?: string;
  readonly sequence?: number;
  readonly attempt?: number;
}

type Part = (message: PrintedMessage) => Uint8Array | string;

const FIELDS: Readonly<Record<string, Part>> = {
  t: ({ topic }) => topic,
  v: ({ body }) => body,
  i: ({ messageId }) => messageId,
  h: ({ headers }) => JSON.stringify(headers),
  q: ({ queue = '' }) => queue,
  s: ({ sequence }) => String(sequence ?? ''),
  a: ({ attempt }) => String(attempt ?? ''),
  l: ({ body }) => String(body.length),
  '%': () => '%',
};

const BODY_STYLES: Readonly<Record<string, Part>> = {
  hex: ({ body }) => Buffer.from(body).toString('hex'),
  base64: ({ body }) => Buffer.from(body).toString('base64'),
};

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0', '\\': '\\' };

export const FORMAT_HELP =
  '%t topic, %v body, %v{hex}, %v{base64}, %l its length, %i message id, %h headers, %q queue, %s sequence, %a attempt; \\n \\t \\r \\0 \\\\ \\xHH %%';

const TOKEN = /%v\{(\w+)\}|%(.)|\\x([0-9a-fA-F]{2})|\\(.)|[^%\\]+|[%\\]$/gsu;

/** Throws a UsageError that names the first part nobody knows. */
export function compileFormat(format: string): (message: PrintedMessage) => Uint8Array {
  const parts = [...format.matchAll(TOKEN)].map(([text, style, field, hex, escaped]) =>
    partOf(text, { style, field, hex, escaped }),
  );
  return (message) => Buffer.concat(parts.map((part) => bytesOf(part(message))));
}

interface Token {
  readonly style: string | undefined;
  readonly field: string | undefined;
  readonly hex: string | undefined;
  readonly escaped: string | undefined;
}

function partOf(text: string, { style, field, hex, escaped }: Token): Part {
  if (hex !== undefined) {
    const byte = Uint8Array.of(Number.parseInt(hex, 16));
    return () => byte;
  }
  const known =
    style !== undefined
      ? own(BODY_STYLES, style)
      : field !== undefined
        ? own(FIELDS, field)
        : escaped !== undefined
          ? constant(own(ESCAPES, escaped))
          : text === '%' || text === '\\'
            ? undefined
            : constant(text);
  if (known === undefined) throw new UsageError(`-f does not know ${text}; it knows ${FORMAT_HELP}`);
  return known;
}

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

const constant = (text: string | undefined): Part | undefined => (text === undefined ? undefined : () => text);

const bytesOf = (value: Uint8Array | string): Uint8Array => (typeof value === 'string' ? Buffer.from(value) : value);
