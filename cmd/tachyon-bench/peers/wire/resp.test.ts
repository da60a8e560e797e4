// The bytes are those of the protocol's public specification, fed whole and at every split.

import { describe, expect, it } from 'vitest';
import { COMMAND_TAIL, commandHead, encodeCommand, RespParser } from './resp.ts';

function read(chunks: readonly Buffer[]): string[] {
  const seen: string[] = [];
  const parser = new RespParser({
    array: (count) => seen.push(`*${count}`),
    bulk: (bytes, start, end) => seen.push(start < 0 ? 'nil' : `"${bytes.toString('latin1', start, end)}"`),
    integer: (value) => seen.push(`:${value}`),
    simple: (text) => seen.push(`+${text}`),
    error: (text) => seen.push(`-${text}`),
  });
  for (const chunk of chunks) parser.push(chunk);
  return seen;
}

describe('what Redis says', () => {
  const bytes = Buffer.from(
    '+OK\r\n-Error message\r\n:0\r\n:1000\r\n$5\r\nhello\r\n$0\r\n\r\n$-1\r\n*2\r\n$5\r\nhello\r\n$7\r\nwo\r\nrld\r\n*-1\r\n*1\r\n*0\r\n',
  );
  const expected = [
    ...['+OK', '-Error message', ':0', ':1000', '"hello"', '""', 'nil'],
    ...['*2', '"hello"', '"wo\r\nrld"', '*-1', '*1', '*0'],
  ];

  it('is read as tokens, at every split of the stream', () => {
    expect(read([bytes])).toEqual(expected);
    for (let at = 1; at < bytes.length; at += 1) {
      expect(read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected);
    }
  });

  it('is refused when it is no RESP', () => {
    expect(() => read([Buffer.from('!5\r\nhello\r\n')])).toThrow('no reply begins with 33');
    expect(() => read([Buffer.from('$3\r\nhello\r\n')])).toThrow('another length');
    expect(() => read([Buffer.from(':12a\r\n')])).toThrow('no digit');
    expect(() => read([Buffer.from('+OK\rx')])).toThrow('CR LF');
  });
});

describe('a command', () => {
  it('is an array of bulk strings, with the lengths of their bytes', () => {
    expect(String(encodeCommand('LLEN', 'mylist'))).toBe('*2\r\n$4\r\nLLEN\r\n$6\r\nmylist\r\n');
    expect(String(encodeCommand('SET', 'é'))).toBe('*2\r\n$3\r\nSET\r\n$2\r\né\r\n');
  });

  it('whose last word is appended is the same command', () => {
    const parts = [commandHead(['XADD', 's', '*', 'b'], 3), Buffer.from('abc'), COMMAND_TAIL];
    expect(Buffer.concat(parts)).toEqual(encodeCommand('XADD', 's', '*', 'b', 'abc'));
  });
});
