// A message's body as bytes, and the three ways to read it. Whoever sent it is not trusted: what is no text is said to be
// none, JSON is laid out and never evaluated, and each way has a bound.

const HEX_ROW = 16;
const INDENT_MAX = 24;

export function bytesOf(base64) {
  const binary = atob(base64);
  const result = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) result[at] = binary.charCodeAt(at);
  return result;
}

/** The bytes as UTF-8, and whether they were. The last character of a cut body may be cut too: that is no fault. */
export function textOf(bytes, truncated) {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: truncated });
    return { text, isText: true };
  } catch {
    return { text, isText: false };
  }
}

/** Null where it is no JSON. The text itself is laid out anew, so that numbers and double names stay as they were sent. */
export function layOutJson(text) {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const out = [];
  let depth = 0;
  let before = '';
  const line = () => `\n${'  '.repeat(Math.min(depth, INDENT_MAX))}`;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs)) {
    const ends = token === '}' || token === ']';
    if (ends) depth--;
    const isEmpty = ends && (before === '{' || before === '[');
    if (!isEmpty && (ends || before === '{' || before === '[' || before === ',')) out.push(line());
    if (token === '{' || token === '[') depth++;
    out.push(token === ':' ? ': ' : token);
    before = token;
  }
  return out.join('');
}

const hex = (value, width) => value.toString(16).padStart(width, '0');

export function hexDump(bytes, rowsMax) {
  const rows = [];
  for (let at = 0; at < bytes.length && rows.length < rowsMax; at += HEX_ROW) {
    const row = [...bytes.subarray(at, at + HEX_ROW)];
    const pairs = row.map((byte) => hex(byte, 2));
    const left = pairs.slice(0, HEX_ROW / 2).join(' ');
    const right = pairs.slice(HEX_ROW / 2).join(' ');
    const letters = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    rows.push(`${hex(at, 6)}  ${left.padEnd(23)}  ${right.padEnd(23)}  ${letters}`);
  }
  return { dump: rows.join('\n'), left: Math.max(0, bytes.length - rowsMax * HEX_ROW) };
}
