// A value as a table shows it: on one line, in people's units, and without control characters, as a topic or a body must
// never be able to drive somebody's terminal.

const KIB = 1024;
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `name` tells the unit: that of the JSON field. */
export function cell(value: unknown, name = ''): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return numberCell(value, name);
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map((item) => cell(item)).join(' ');
  return safe(typeof value === 'string' ? value : JSON.stringify(value)) || '-';
}

/** Numbers that name something are typed again elsewhere: they have no separators. */
const IDENTIFIERS = /^(?:pid|ppid|port|job|number|at|line|peer|index)$|(?:^|_)(?:id|position|sequence)$/;

function numberCell(value: number, name: string): string {
  if (IDENTIFIERS.test(name)) return String(value);
  if (name.endsWith('_bytes') || name === 'bytes') return bytes(value);
  if (name === 'time_unix_ms') return new Date(value).toISOString();
  if (name === 'uptime_ms' || name === 'oldest_unacked_ms') return duration(value);
  return name.endsWith('_ms') ? `${value} ms` : value.toLocaleString('en-US');
}

export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= KIB && unit < UNITS.length - 1) {
    value /= KIB;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

export function duration(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${(ms / 1_000).toFixed(1)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
  return `${Math.floor(seconds / 3_600)}h ${Math.floor((seconds % 3_600) / 60)}m`;
}

/** At most so many characters, the last of which says that there were more. */
export function cut(text: string, width = Number.POSITIVE_INFINITY): string {
  if (text.length <= width) return text;
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}

/** Control characters (C0, DEL, C1) and what reverses the direction of writing become their escapes. */
export const safe = (text: string): string =>
  text.replaceAll(
    /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
