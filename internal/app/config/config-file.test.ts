// The configuration file as untrusted text: what is not a setting is refused with its line, and nothing in it can
// grow, run or reach further than two levels of plain values.

import { describe, expect, it } from 'vitest';
import { FILE_CHARACTERS_MAX, readConfigFile } from './config-file.ts';

const faults = (text: string): string[] => readConfigFile('t.yaml', text).problems.map(({ sentence }) => sentence);

describe('a configuration file', () => {
  it('gives values with their lines', () => {
    const { values, problems } = readConfigFile(
      't.yaml',
      '# comment\nwire:\n  legacyBodies: false # why\n\nlog:\n  level: warn\n',
    );
    expect(problems).toEqual([]);
    expect([...values]).toEqual([
      ['wire.legacyBodies', { value: false, line: 3 }],
      ['log.level', { value: 'warn', line: 6 }],
    ]);
  });

  it.each(['', '# nothing\n', '---\n', 'wire:\n# all commented\nlog:\n', '\uFEFFwire: {}\n'])(
    'may give nothing: %j',
    (text) => {
      expect(readConfigFile('t.yaml', text)).toMatchObject({ problems: [], values: new Map() });
    },
  );

  it.each([
    ['an unknown group', 'log: {}\nlogs:\n  level: info\n', 't.yaml:2: there is no group "logs"'],
    [
      'an unknown key',
      'log:\n  level: info\n  colour: red\n',
      't.yaml:3: there is no setting "log.colour"; the group knows level, pretty',
    ],
    [
      'a key in the wrong group',
      'log:\n  leaseMs: 5\n',
      't.yaml:2: there is no setting "log.leaseMs"; in the file it is delivery.leaseMs',
    ],
    [
      'the name of a variable',
      'ZMQ_BIND_ADDRESS: tcp://127.0.0.1:1\n',
      't.yaml:1: there is no group "ZMQ_BIND_ADDRESS"; in the file it is wire.bindAddress',
    ],
    [
      'the data folder',
      'data:\n  folder: /x\n',
      't.yaml:2: data.folder is not given in the file but by --data-dir or DATA_DIR, so that every command finds it',
    ],
    ['a derived value', 'admin:\n  socketPath: /x\n', 't.yaml:1: there is no group "admin"'],
    ['__proto__', '__proto__:\n  polluted: 1\n', 't.yaml:1: there is no group "__proto__"'],
    ['an inherited name', 'wire:\n  constructor: 1\n', 't.yaml:2: there is no setting "wire.constructor"'],
    ['a list', 'log:\n  level: [info]\n', 't.yaml:2: log.level must have a plain value'],
    ['a key without a value', 'log:\n  level:\n', 't.yaml:2: log.level must have a plain value'],
    ['an alias', 'log:\n  level: &a info\n  pretty: *a\n', 't.yaml:3: log.pretty must have a plain value'],
    ['a group that is a value', 'log: info\n', 't.yaml:1: the group log must hold settings'],
    ['a file that is a list', '- log\n', 't.yaml:1: the file must hold groups of settings'],
    ['a key twice', 'log:\n  level: info\n  level: warn\n', 't.yaml:3: '],
    ['a second document', 'log: {}\n---\nlog: {}\n', 't.yaml:2: '],
    ['a tag', 'log:\n  level: !!js/function "x"\n', 't.yaml:2: '],
    ['what is no YAML', 'log: {level: info\n', 't.yaml:'],
    ['a mapping as a key', '? {a: 1}\n: 2\n', 't.yaml:1: there is no group'],
  ])('is refused for %s', (_, text, sentence) => {
    expect(faults(text)).toEqual([expect.stringContaining(sentence)]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('is refused when it is too large to be one, before it is parsed', () => {
    expect(faults('#'.repeat(FILE_CHARACTERS_MAX + 1))).toEqual([
      `t.yaml has over ${FILE_CHARACTERS_MAX} characters and is no configuration file`,
    ]);
  });

  it('cannot grow by aliases of aliases', () => {
    const levels = Array.from(
      { length: 30 },
      (_, n) => `  k${n}: &a${n} [${n === 0 ? 'x' : `*a${n - 1}, *a${n - 1}`}]\n`,
    ).join('');
    expect(faults(`log:\n${levels}`)).toHaveLength(30);
  });
});
