// The configuration file: YAML, two levels, plain values. Every key must be a setting's; what is not is refused with
// its line. Anchors, tags and several documents have no use here, and so no way in.

import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import type { Pair } from 'yaml';
import type { Problem } from './origin.ts';
import { SETTINGS, type Setting, settingAt, settingOfVariable, settingsOfGroup } from './settings.ts';

const require = createRequire(import.meta.url);

/** Loaded where there is a file to read: a start without one is 40 ms shorter. */
const yaml = (): typeof Yaml => require('yaml') as typeof Yaml;

export const FILE_CHARACTERS_MAX = 1_048_576;

export interface FileValue {
  readonly value: unknown;
  readonly line: number;
}

export interface FileContent {
  /** By setting path. */
  readonly values: ReadonlyMap<string, FileValue>;
  readonly problems: readonly Problem[];
}

const problem = (sentence: string): Problem => ({ code: 'INVALID_CONFIG', sentence });

const isGroup = (key: string): boolean => settingsOfGroup(key).length > 0;

const placeHint = (key: string): string => {
  const setting: Setting | undefined = settingOfVariable(key) ?? SETTINGS.find((other) => other.key === key);
  return setting === undefined || !setting.inFile ? '' : `; in the file it is ${setting.path}`;
};

const keysOf = (group: string): string =>
  settingsOfGroup(group)
    .filter(({ inFile }) => inFile)
    .map(({ key }) => key)
    .join(', ');

const keyOf = ({ key }: Pair): string => (yaml().isScalar(key) ? String(key.value) : '');
const offsetOf = ({ key }: Pair): number => (yaml().isScalar(key) ? (key.range?.[0] ?? 0) : 0);
const isNothing = (node: unknown): boolean => node === null || (yaml().isScalar(node) && node.value === null);

class FileReader {
  readonly values = new Map<string, FileValue>();
  readonly problems: Problem[] = [];
  readonly #name: string;
  readonly #lines = new (yaml().LineCounter)();

  constructor(name: string) {
    this.#name = name;
  }

  read(text: string): void {
    const options = { lineCounter: this.#lines, schema: 'core', prettyErrors: false, uniqueKeys: true } as const;
    const document = yaml().parseDocument(text, options);
    for (const fault of [...document.errors, ...document.warnings]) this.#refuse(fault.pos[0], fault.message);
    if (this.problems.length > 0 || isNothing(document.contents)) return;
    if (yaml().isMap(document.contents)) this.#readEach(document.contents.items, (pair) => this.#readGroup(pair));
    else this.#refuse(0, 'the file must hold groups of settings');
  }

  /** Reads each pair; what `readPair` finds wrong is refused with the line of the key. */
  #readEach(pairs: readonly Pair[], readPair: (pair: Pair) => string | null): void {
    for (const pair of pairs) {
      const fault = readPair(pair);
      if (fault !== null) this.#refuse(offsetOf(pair), fault);
    }
  }

  #readGroup(pair: Pair): string | null {
    const group = keyOf(pair);
    if (!isGroup(group)) return `there is no group ${JSON.stringify(group)}${placeHint(group)}`;
    if (isNothing(pair.value)) return null;
    if (!yaml().isMap(pair.value)) return `the group ${group} must hold settings`;
    this.#readEach(pair.value.items, (inner) => this.#readSetting(group, inner));
    return null;
  }

  #readSetting(group: string, pair: Pair): string | null {
    const key = keyOf(pair);
    const path = `${group}.${key}`;
    const setting = settingAt(path);
    if (setting === undefined) {
      const known = placeHint(key) || `; the group knows ${keysOf(group) || 'none that a file may give'}`;
      return `there is no setting ${JSON.stringify(path)}${known}`;
    }
    if (!setting.inFile) {
      const flag = setting.flag === undefined ? '' : `--${setting.flag} or `;
      return `${path} is not given in the file but by ${flag}${setting.env}, so that every command finds it`;
    }
    if (!yaml().isScalar(pair.value) || isNothing(pair.value)) return `${path} must have a plain value`;
    this.values.set(path, { value: pair.value.value, line: this.#lineOf(offsetOf(pair)) });
    return null;
  }

  #lineOf(offset: number): number {
    return Math.max(1, this.#lines.linePos(offset).line);
  }

  #refuse(offset: number, fault: string): void {
    this.problems.push(problem(`${this.#name}:${this.#lineOf(offset)}: ${fault}`));
  }
}

/** Reads the text of the file called `name`. Problems are gathered, not thrown. */
export const readConfigFile = (name: string, text: string): FileContent => {
  if (text.length > FILE_CHARACTERS_MAX) {
    return {
      values: new Map(),
      problems: [problem(`${name} has over ${FILE_CHARACTERS_MAX} characters and is no configuration file`)],
    };
  }
  const reader = new FileReader(name);
  reader.read(text);
  return reader;
};
