// One object for people: a name and a value a line; lists of objects as tables of their own.

import { isObject, type JsonObject } from '../../../pkg/protocol/json.ts';
import { cell } from './cell.ts';
import { type OutputFormat, printDocument } from './format.ts';
import { palette } from './palette.ts';
import { print } from './print.ts';

export async function printFields(value: unknown, output: OutputFormat): Promise<void> {
  if (output !== 'table') return printDocument(value, output);
  await print(`${(isObject(value) ? linesOf(value) : [cell(value)]).join('\n')}\n`);
}

function linesOf(object: JsonObject): string[] {
  const plain: (readonly [string, unknown])[] = [];
  const groups: string[] = [];
  for (const [name, value] of Object.entries(object)) {
    if (isObject(value)) groups.push('', palette().bold(name), ...rows(Object.entries(value)));
    else if (Array.isArray(value) && value.some(isObject)) {
      groups.push('', palette().bold(name), ...value.map((item) => inline(item)));
    } else plain.push([name, value]);
  }
  return [...rows(plain), ...groups];
}

function rows(entries: readonly (readonly [string, unknown])[]): string[] {
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${palette().dim(name.padEnd(width))}  ${cell(value, name)}`);
}

const inline = (item: unknown): string =>
  isObject(item)
    ? Object.entries(item)
        .map(([name, value]) => `${palette().dim(`${name}=`)}${cell(value, name)}`)
        .join('  ')
    : cell(item);
