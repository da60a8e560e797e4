// The -o formats. `table` is for people; the others are for programs, and say the same: one document, a list whose items
// leave as they come, so that a long one needs no memory, or a stream of documents.

import { print, printJson, printJsonLine } from './print.ts';

export const OUTPUT_FORMATS = ['table', 'json', 'yaml'] as const;

export type OutputFormat = (typeof OUTPUT_FORMATS)[number];
export type DocumentFormat = Exclude<OutputFormat, 'table'>;

const yamlOf = async (value: unknown): Promise<string> => (await import('./yaml.ts')).yamlOf(value);

export const printDocument = async (value: unknown, format: DocumentFormat): Promise<void> =>
  format === 'json' ? printJson(value) : print(await yamlOf(value));

/** One document of a stream: a line of JSON, or a YAML document behind its mark. */
export const printStreamed = async (value: unknown, format: DocumentFormat): Promise<void> =>
  format === 'json' ? printJsonLine(value) : print(`---\n${await yamlOf(value)}`);

/** The text is that of the whole list as one document. */
export async function printItems(items: AsyncIterable<unknown>, format: DocumentFormat): Promise<void> {
  let count = 0;
  for await (const item of items) {
    count += 1;
    if (format === 'yaml') await print(await yamlOf([item]));
    else await print(`${count === 1 ? '[' : ','}\n  ${JSON.stringify(item, null, 2).replaceAll('\n', '\n  ')}`);
  }
  if (count === 0) return print('[]\n');
  if (format === 'json') await print('\n]\n');
}
