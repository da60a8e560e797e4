// docs/protocol.md is the specification: what it prints is compared here with what the code does.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OPTION_NAMES } from './abtp1/options.ts';
import { PACKET_TYPES } from './abtp2/header.ts';
import { ATTRIBUTE_NAMES } from './attributes.ts';
import { encodeText } from './bytes.ts';
import { BROKER_WORD_TYPES, CLIENT_WORD_TYPES, decodeBrokerWord, decodeClientWord } from './control.ts';
import { WIRE_LIMITS } from './limits.ts';
import { UNSUPPORTED_OPTIONS } from './publish-options.ts';

const text = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
const golden = JSON.parse(readFileSync(new URL('./golden/packets.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>;

/** The fenced blocks whose info string is `info`. */
const fenced = (info: string): string[] =>
  [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].flatMap((match) => (match[1] === info ? [match[2] ?? ''] : []));

const rowsUnder = (heading: string): string[][] => {
  const section = text.slice(text.indexOf(`\n${heading}\n`)).split(/\n#+ /)[1] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
};

it('the table of limits is the table of limits', () => {
  const table = Object.entries(WIRE_LIMITS).map(([name, limit]) => [
    `\`${name}\``,
    limit.value.toLocaleString('en-US'),
    limit.unit,
    limit.reason,
  ]);
  expect(rowsUnder('## Limits')).toEqual(table);
});

it('the table of packet types is complete', () => {
  const table = Object.entries(PACKET_TYPES).map(([name, type]) => [
    `0x${type.toString(16).padStart(2, '0')}`,
    name.toUpperCase(),
  ]);
  expect(rowsUnder('## abtp/2').map((row) => row.slice(0, 2))).toEqual(table);
});

it('the example of a block is the golden block', () => {
  const example = fenced('').find((block) => block.startsWith('21 00 00 00'));
  expect(example?.replaceAll(/\s/g, '')).toBe(golden['block, raw']);
});

describe('the examples of control words', () => {
  const examples = fenced('json').flatMap((block) => block.trim().split('\n'));
  const decoded = examples.map((example) => {
    const bytes = encodeText(example);
    const word = decodeClientWord(bytes);
    return word.type === 'refused' && word.error === 'UNKNOWN_CONTROL' ? decodeBrokerWord(bytes) : word;
  });

  it.each(examples.map((example, i) => [example, decoded[i]?.type]))('%s', (example, type) => {
    expect(type).toBe((JSON.parse(example ?? '') as { type: string }).type);
  });

  it('show every word', () => {
    expect(new Set(decoded.map((word) => word.type))).toEqual(new Set([...CLIENT_WORD_TYPES, ...BROKER_WORD_TYPES]));
  });
});

it('every option is named', () => {
  for (const name of [...OPTION_NAMES, ...ATTRIBUTE_NAMES, ...UNSUPPORTED_OPTIONS]) expect(text).toContain(`\`${name}`);
});

it('holds a consumer and a producer in Python that can be taken out and run', () => {
  for (const title of ['consumer.py', 'producer.py']) {
    const [script] = fenced(`python title=${title}`);
    expect(script?.trim().split('\n').length).toBeLessThanOrEqual(12);
    expect(script).toContain('TACHYON_ROUTER');
  }
});
