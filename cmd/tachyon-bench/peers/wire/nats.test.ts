// The bytes are those of the protocol's public reference, fed whole and at every split.

import { describe, expect, it } from 'vitest';
import { encodeConnect, encodePub, encodeSub, NatsParser, PING, PONG, PUB_TAIL, pubHead } from './nats.ts';

const STREAM =
  'INFO {"server_id":"x"}\r\nMSG FOO.BAR 9 11\r\nHello World\r\n+OK\r\nMSG FOO.BAR 10 GREETING.34 11\r\nHello\r\nJoke\r\n' +
  "MSG E 1 0\r\n\r\nPING\r\n-ERR 'Unknown Protocol Operation'\r\n";

function read(chunks: readonly Buffer[]): string[] {
  const seen: string[] = [];
  const parser = new NatsParser({
    message: (bytes, sid, replyStart, replyEnd, start, end) => {
      const [reply, body] = [bytes.toString('latin1', replyStart, replyEnd), bytes.toString('latin1', start, end)];
      seen.push(`${sid} <${reply}> <${body}>`);
    },
    line: (text) => seen.push(text),
  });
  for (const chunk of chunks) parser.push(chunk);
  return seen;
}

describe('what a NATS server says', () => {
  const expected = [
    'INFO {"server_id":"x"}',
    '9 <> <Hello World>',
    '+OK',
    '10 <GREETING.34> <Hello\r\nJoke>',
    '1 <> <>',
    'PING',
    "-ERR 'Unknown Protocol Operation'",
  ];
  const bytes = Buffer.from(STREAM);

  it('is read as messages and lines, at every split of the stream', () => {
    expect(read([bytes])).toEqual(expected);
    for (let at = 1; at < bytes.length; at += 1) {
      expect(read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected);
    }
  });

  it('is read byte by byte', () => {
    expect(read([...bytes].map((byte) => Buffer.from([byte])))).toEqual(expected);
  });

  it('is refused when a payload is longer or shorter than was said, or a number is none', () => {
    expect(() => read([Buffer.from('MSG A 1 3\r\nlonger\r\n')])).toThrow('another length');
    expect(() => read([Buffer.from('MSG A 1 three\r\nabc\r\n')])).toThrow('no digit');
    expect(() => read([Buffer.from('MSG A 1 999999999\r\n')])).toThrow('a payload of 999999999 bytes');
    expect(() => read([Buffer.alloc(70_000, 'a')])).toThrow('without an end');
  });
});

describe('what a NATS client says', () => {
  it('is as the reference prints it', () => {
    expect(String(encodeSub('FOO', 1))).toBe('SUB FOO 1\r\n');
    expect(String(encodePub('FOO', '', 'Hello NATS!'))).toBe('PUB FOO 11\r\nHello NATS!\r\n');
    expect(String(encodePub('FRONT.DOOR', 'JOKE.22', 'Knock Knock'))).toBe(
      'PUB FRONT.DOOR JOKE.22 11\r\nKnock Knock\r\n',
    );
    expect(String(Buffer.concat([pubHead('FOO', '', 0), PUB_TAIL]))).toBe('PUB FOO 0\r\n\r\n');
    expect(String(encodeConnect({ verbose: false }))).toBe('CONNECT {"verbose":false}\r\n');
    expect(String(PING) + String(PONG)).toBe('PING\r\nPONG\r\n');
  });
});
