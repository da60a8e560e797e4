// The text format that Prometheus scrapes, version 0.0.4. Names are such that OpenMetrics takes them too: counters end
// in `_total`, units are seconds and bytes.

import type { Family, HistogramFamily, Labels } from './family.ts';

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** A whole scrape, ended by a line feed. */
export function exposition(families: readonly Family[]): string {
  const lines: string[] = [];
  // Families of one list share their labels.
  const texts = new Map<Labels, string>();
  const text = (labels: Labels): string => {
    const known = texts.get(labels) ?? labelText(labels);
    texts.set(labels, known);
    return known;
  };
  for (const family of families) {
    const { name, help, type } = family;
    lines.push(`# HELP ${name} ${escapedHelp(help)}`, `# TYPE ${name} ${type}`);
    if (family.type === 'histogram') histogramLines(family, lines);
    else for (const { labels, value } of family.samples) lines.push(`${name}${text(labels)} ${numberText(value)}`);
  }
  return `${lines.join('\n')}\n`;
}

function histogramLines({ name, series }: HistogramFamily, lines: string[]): void {
  for (const { labels, reading } of series) {
    for (const [i, bound] of reading.bounds.entries()) {
      const le = labelText({ ...labels, le: numberText(bound) });
      lines.push(`${name}_bucket${le} ${numberText(reading.cumulative[i] as number)}`);
    }
    lines.push(
      `${name}_bucket${labelText({ ...labels, le: '+Inf' })} ${numberText(reading.count)}`,
      `${name}_sum${labelText(labels)} ${numberText(reading.sum)}`,
      `${name}_count${labelText(labels)} ${numberText(reading.count)}`,
    );
  }
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapedValue(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** Go's spelling of what is not finite. */
function numberText(value: number): string {
  if (Number.isFinite(value)) return `${value}`;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

const escapedHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

const escapedValue = (text: string): string => escapedHelp(text).replaceAll('"', '\\"');
