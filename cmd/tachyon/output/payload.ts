// The body of a message as the admin words give it, in base64, as a table shows it: text where it is text.

import type { JsonObject } from '../../../pkg/protocol/json.ts';
import { safe } from './cell.ts';

const SHOWN_CHARACTERS_MAX = 60;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The whole of what was given, on as many lines as it has. */
export function bodyText({ payload, truncated }: JsonObject): string {
  if (typeof payload !== 'string') return '-';
  return textOf(Buffer.from(payload, 'base64'), truncated === true) ?? `base64:${payload}`;
}

/** Its beginning, for the cell of a table. */
export function payloadText(message: JsonObject): string {
  const { truncated } = message;
  const text = bodyText(message);
  const isLong = text.length > SHOWN_CHARACTERS_MAX;
  return safe(isLong ? text.slice(0, SHOWN_CHARACTERS_MAX) : text) + (isLong || truncated === true ? '…' : '');
}

/** Null for what is not UTF-8. A body that was cut may end inside a character. */
function textOf(bytes: Uint8Array, isCut: boolean): string | null {
  for (let cut = 0; cut <= (isCut ? 3 : 0); cut += 1) {
    try {
      return decoder.decode(bytes.subarray(0, Math.max(0, bytes.length - cut)));
    } catch {
      // Not here: perhaps one byte earlier.
    }
  }
  return null;
}
