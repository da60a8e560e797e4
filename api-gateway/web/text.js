// How values become text that people can trust. Invariant: what comes out can neither reorder nor hide what stands beside
// it: control characters, bidirectional marks and other invisible ones are shown by their name, and length has a bound.

/** Controls, formats (among them every bidirectional mark and zero-width character), line separators, half surrogates. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** Texts and marks in turn. In `lines` mode, line ends and tabs do what they are for. */
export function partsOf(text, { lines = false } = {}) {
  const parts = [];
  let plain = '';
  for (const character of text) {
    if (!INVISIBLE.test(character) || (lines && (character === '\n' || character === '\t'))) {
      plain += character;
      continue;
    }
    if (plain !== '') parts.push({ text: plain });
    plain = '';
    parts.push({ mark: nameOf(character) });
  }
  if (plain !== '') parts.push({ text: plain });
  return parts;
}

const CONTROLS = (
  'NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI ' +
  'DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'
).split(' ');

/** Controls are told by name, the others by number. */
function nameOf(character) {
  const code = character.codePointAt(0);
  if (code === 0x7f) return 'DEL';
  return CONTROLS[code] ?? `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** For places that take text alone, such as a title: the same in one string. */
export const visible = (text) =>
  partsOf(text)
    .map(({ text: plain, mark }) => plain ?? `<${mark}>`)
    .join('');

/** The first `max` code units; a pair is not torn. */
export function cut(text, max) {
  if (text.length <= max) return { shown: text, left: 0 };
  const last = text.charCodeAt(max - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? max - 1 : max;
  return { shown: text.slice(0, end), left: text.length - end };
}

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const ROUGH = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

export const NONE = '\u2013';

const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);

export const count = (value) => (isNumber(value) ? WHOLE.format(value) : NONE);

export function rate(value) {
  if (!isNumber(value)) return NONE;
  return value >= 100 ? WHOLE.format(value) : ROUGH.format(value);
}

const BYTES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytes(value) {
  if (!isNumber(value)) return NONE;
  const step = value < 1 ? 0 : Math.min(BYTES.length - 1, Math.floor(Math.log2(value) / 10));
  return `${ROUGH.format(value / 1024 ** step)} ${BYTES[step]}`;
}

export function duration(ms) {
  if (!isNumber(ms)) return NONE;
  if (ms < 1_000) return `${ROUGH.format(Math.max(0, ms))} ms`;
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
}

/** How long ago, to one unit. */
export function ago(ms) {
  if (ms < 60_000) return `${Math.max(0, Math.floor(ms / 1_000))} s ago`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ago`;
  return `${Math.floor(ms / 3_600_000)} h ago`;
}

const two = (n) => String(n).padStart(2, '0');

/** In the reader's own time zone, to the second; null where it is no time. */
export function moment(text) {
  const at = new Date(text);
  if (typeof text !== 'string' || Number.isNaN(at.getTime())) return null;
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
