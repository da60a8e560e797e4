// Standard input as one body, or as one body a line. Bytes stay bytes: nothing is decoded on the way.

import { BODY_BYTES_MAX } from '../../../pkg/protocol/limits.ts';
import { UsageError } from '../output/failure.ts';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

type Chunks = AsyncIterable<Uint8Array>;

const tooLong = (what: string): UsageError =>
  new UsageError(`${what} is longer than a message may be (${BODY_BYTES_MAX} bytes)`);

export async function wholeInput(input: Chunks = process.stdin): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of input) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) throw tooLong('standard input');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Lines without their ends (LF or CRLF). A last line need not have one; an empty line is an empty body. */
export async function* linesOf(input: Chunks = process.stdin): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array[] = [];
  let restLength = 0;
  for await (const chunk of input) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      yield withoutReturn(Buffer.concat([...rest, chunk.subarray(from, end)]));
      rest = [];
      restLength = 0;
      from = end + 1;
    }
    if (from === chunk.length) continue;
    // Copied: the chunk's memory belongs to the stream.
    rest.push(Uint8Array.from(chunk.subarray(from)));
    restLength += chunk.length - from;
    if (restLength > BODY_BYTES_MAX) throw tooLong('a line');
  }
  if (restLength > 0) yield withoutReturn(Buffer.concat(rest));
}

const withoutReturn = (line: Uint8Array): Uint8Array => (line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line);
