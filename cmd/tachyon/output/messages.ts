// Messages of a stream, printed as -o and -f say: JSON a line, or the format. On a terminal control characters of a
// message are shown, not obeyed.

import { safe } from './cell.ts';
import { type OutputFormat, printStreamed } from './format.ts';
import type { PrintedMessage } from './message-format.ts';
import { compileFormat } from './message-format.ts';
import { print } from './print.ts';

export interface MessageOptions {
  readonly output: OutputFormat;
  readonly format: string;
}

export type PrintMessage = (message: PrintedMessage, more?: object) => Promise<void>;

/** Resolves when the message has left this process: only then may it be acknowledged. */
export function messagePrinter({ output, format }: MessageOptions): PrintMessage {
  if (output !== 'table') return (message, more) => printStreamed(jsonOf(message, more), output);
  const render = compileFormat(format);
  if (!process.stdout.isTTY) return (message) => print(render(message));
  return (message) => print(render(shown(message)));
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** JSON bodies that parse, text, or base64: what the body is stands beside it. */
function jsonOf(
  { topic, body, messageId, headers, queue, sequence, attempt }: PrintedMessage,
  more: object = {},
): object {
  const place = queue === undefined ? {} : { queue, sequence, attempt };
  return { topic, ...place, message_id: messageId, headers, ...more, ...bodyOf(body) };
}

function bodyOf(body: Uint8Array): object {
  try {
    return { body: decoder.decode(body) };
  } catch {
    return { body_base64: Buffer.from(body).toString('base64') };
  }
}

const shown = (message: PrintedMessage): PrintedMessage => ({
  ...message,
  topic: safe(message.topic),
  body: Buffer.from(
    Buffer.from(message.body)
      .toString()
      .split(/(?<=[\n\t])|(?=[\n\t])/)
      .map((part) => (/^[\n\t]$/.test(part) ? part : safe(part)))
      .join(''),
  ),
  messageId: safe(message.messageId),
});
