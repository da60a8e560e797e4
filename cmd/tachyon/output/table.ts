// Rows of JSON objects as a table: with lines where people look at a terminal, plain columns anywhere else, so that a
// pipe gets one row a line.

import Table from 'cli-table3';
import type { JsonObject } from '../../../pkg/protocol/json.ts';
import { cell, cut } from './cell.ts';
import { type OutputFormat, printDocument, printItems } from './format.ts';
import { palette } from './palette.ts';
import { print } from './print.ts';

export interface Column {
  /** Field of the JSON. */
  readonly name: string;
  readonly title?: string;
  /** The text of the cell, where the field alone does not tell it. */
  readonly show?: (row: JsonObject) => string;
  /** Characters of a cell at most; a longer one is cut, and ends in an ellipsis. */
  readonly width?: number;
}

export interface Listing {
  readonly output: OutputFormat;
  readonly columns: readonly Column[];
  /** Said to people, on standard error, where there is nothing to list. */
  readonly nothing: string;
}

/** The same of rows that are still coming: only a table waits for all of them. */
export async function printComing(rows: AsyncIterable<JsonObject>, listing: Listing): Promise<void> {
  if (listing.output !== 'table') return printItems(rows, listing.output);
  const all: JsonObject[] = [];
  for await (const row of rows) all.push(row);
  await printRows(all, listing);
}

export async function printRows(rows: readonly JsonObject[], { output, columns, nothing }: Listing): Promise<void> {
  if (output !== 'table') return printDocument(rows, output);
  if (rows.length === 0) {
    process.stderr.write(`${nothing}\n`);
    return;
  }
  const titles = columns.map(({ title, name }) => title ?? name);
  const cells = rows.map((row) =>
    columns.map(({ name, show, width }) => cut(show?.(row) ?? cell(row[name], name), width)),
  );
  await print(process.stdout.isTTY ? lined(titles, cells) : plain(titles, cells));
}

function lined(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const { bold } = palette();
  const table = new Table({ head: titles.map((title) => bold(title)), style: { head: [], border: [], compact: true } });
  for (const row of rows) table.push([...row]);
  return `${table.toString()}\n`;
}

function plain(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  return `${[titles, ...rows].map(line).join('\n')}\n`;
}
