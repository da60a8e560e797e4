// The -f text: every field, every escape, and bodies that are no text.

import { describe, expect, it } from 'vitest';
import { compileFormat, type PrintedMessage } from './message-format.ts';

const message: PrintedMessage = {
  topic: 'orders.created',
  body: Uint8Array.of(0xff, 0x00, 0x41),
  messageId: 'm1',
  headers: { a: 'b' },
  queue: 'orders',
  sequence: 7,
  attempt: 2,
};
const format = (text: string, of: PrintedMessage = message): Buffer => Buffer.from(compileFormat(text)(of));

describe('a format', () => {
  it.each([
    ['%t|%i|%q|%s|%a|%l', 'orders.created|m1|orders|7|2|3'],
    ['%h', '{"a":"b"}'],
    ['%v{hex} %v{base64}', 'ff0041 /wBB'],
    ['100%%\\n\\t\\r\\0\\\\', '100%\n\t\r\0\\'],
    ['plain text, ä', 'plain text, ä'],
    ['', ''],
  ])('%j gives %j', (text, expected) => {
    expect(format(text).toString()).toBe(expected);
  });

  it('lets a body through byte for byte', () => {
    expect(format('<%v>')).toEqual(Buffer.from([0x3c, 0xff, 0x00, 0x41, 0x3e]));
  });

  it('writes bytes, not characters, for \\x', () => {
    expect(format('\\xff\\x00')).toEqual(Buffer.from([0xff, 0x00]));
  });

  it('has nothing to say of the queue of a fanout message', () => {
    expect(format('%q%s%a.', { topic: 't', body: new Uint8Array(), messageId: '', headers: {} }).toString()).toBe('.');
  });

  it.each(['%y', '%v{oct}', '\\q', '50%', 'a\\', '%v{toString}', '%constructor'])('%j is refused by name', (text) => {
    expect(() => compileFormat(text)).toThrow(/-f does not know/);
  });
});
