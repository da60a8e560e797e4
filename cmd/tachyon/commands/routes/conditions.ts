// Conditions of a route as they are typed: `region=eu`, `region!=eu`, `region^=eu-`, `region in eu,us`, `region exists`,
// `region not-exists`.

import { InvalidArgumentError } from 'commander';

export interface Condition {
  readonly header: string;
  readonly operator: string;
  readonly values: readonly string[];
}

const SIGNS: Readonly<Record<string, string>> = { '=': 'equals', '!=': 'not-equals', '^=': 'prefix' };

/** May be given again. */
export function condition(text: string, known: readonly Condition[] = []): readonly Condition[] {
  const word = /^(\S+)\s+(exists|not-exists)$/.exec(text);
  if (word !== null) return [...known, { header: word[1] ?? '', operator: word[2] ?? '', values: [] }];
  const list = /^(\S+)\s+in\s+(.+)$/s.exec(text);
  if (list !== null) return [...known, { header: list[1] ?? '', operator: 'in', values: (list[2] ?? '').split(',') }];
  const [, header, sign = '', value = ''] = /^([^=!^]+)(!=|\^=|=)(.*)$/s.exec(text) ?? [];
  if (header === undefined) {
    throw new InvalidArgumentError(
      'It must be name=value, name!=value, name^=start, "name in a,b", "name exists" or "name not-exists".',
    );
  }
  return [...known, { header: header.trim(), operator: SIGNS[sign] ?? 'equals', values: [value] }];
}
