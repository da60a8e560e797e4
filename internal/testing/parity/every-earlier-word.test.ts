// Every variable, command, option, request, sidecar operation and counter of the earlier system is said by a test with its own
// words, or has a row in the documents that says what became of it and why. A test or a row that goes is missed here.

import { describe, expect, it } from 'vitest';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { loadConfig } from '../../app/config/load.ts';
import { NOT_YET_VARIABLES, UNRELATED_VARIABLES } from '../../app/config/not-yet.ts';
import { SETTINGS, settingOfVariable } from '../../app/config/settings.ts';
import { EARLIER_AUDIT_FIELDS, EARLIER_COMMANDS } from './earlier-commands.ts';
import { EARLIER_COUNTERS } from './earlier-counters.ts';
import { EARLIER_REQUESTS } from './earlier-requests.ts';
import { EARLIER_SIDECAR } from './earlier-sidecar.ts';
import { EARLIER_SETTINGS, EARLIER_VARIABLES, type EarlierVariable } from './earlier-variables.ts';
import { faultOfCells, faultsOf, namedIn, rowsOf } from './evidence.ts';
import { type EarlierWord, PAGES } from './proof.ts';

/** Its name stands in the file of its test: what the test sets, it may keep beside it. */
const wordOf = ({ name, tests = [], rows = [] }: EarlierVariable): EarlierWord => ({
  word: name,
  said: [],
  tests,
  rows,
});

describe('the earlier system', () => {
  it.each([
    ['variables', EARLIER_VARIABLES.map(wordOf), 55],
    ['other ways with settings', EARLIER_SETTINGS, 10],
    ['commands and options', EARLIER_COMMANDS, 52],
    ['requests', EARLIER_REQUESTS, 24],
    ['fields of the audit log', EARLIER_AUDIT_FIELDS, 10],
    ['operations and rules of the sidecar', EARLIER_SIDECAR, 20],
    ['counters', EARLIER_COUNTERS, 22],
  ] as const)('has each of its %s said by a test, or told in a row', (_, words, count) => {
    expect(words.flatMap(faultsOf)).toEqual([]);
    expect(new Set(words.map(({ word }) => word)).size).toBe(count);
    expect(words).toHaveLength(count);
  });

  it('is missed where a test, what it says, a row or a reason goes', () => {
    const file = 'cmd/tachyon/earlier-words.e2e.test.ts';
    const title = 'makes a record of all that is said';
    const faults = (word: Partial<EarlierWord>): readonly string[] => faultsOf({ word: '--payload', ...word });
    expect(faults({ tests: [[file, title]], rows: [['compatibility', '`--compress`']] })).toEqual([]);
    expect(faults({})).toEqual(['--payload: there is neither a test nor a row']);
    expect(faults({ said: [], tests: [['absent.test.ts', title]] })).toEqual([
      `--payload: absent.test.ts has no test "${title}"`,
    ]);
    expect(faults({ said: [], tests: [[file, 'makes']] })).toEqual([`--payload: ${file} has no test "makes"`]);
    expect(faults({ said: ['--absent'], tests: [[file, title]] })).toEqual(['--payload: no test of it says --absent']);
    expect(faults({ rows: [['compatibility', '`--absent`']] })).toEqual([
      '--payload: docs/compatibility.md has no row "`--absent`"',
    ]);
    expect(faultOfCells(['x', 'differs', ''])).toBe('the row "x" gives no reason');
    expect(faultOfCells(['x', 'perhaps', 'for a good reason'])).toMatch(/^the row "x" says none of as is, /);
  });

  it('has in docs/compatibility.md no row without what became of it, and why', () => {
    const rows = rowsOf(PAGES.compatibility);
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.flatMap((cells) => faultOfCells(cells) ?? [])).toEqual([]);
    const names = rows.map(([name]) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});

const working = EARLIER_VARIABLES.filter(({ here }) => here === 'works');
const ofBroker = working.filter(({ name }) => name !== 'ADMIN_TOKEN');

const configOf = (env: Record<string, string>): unknown => {
  try {
    return loadConfig({ flags: {}, env, cwd: '/srv', readFile: () => '' }).config;
  } catch (error) {
    if (!(error instanceof TachyonError)) throw error;
    return error.code;
  }
};

describe('a variable', () => {
  it.each(working.map(({ name, tests }) => [name, tests ?? []] as const))('%s is set by its name', (name, tests) => {
    const set = tests.filter(
      ([file]) => namedIn(file, name) || namedIn('internal/testing/processes/earlier-gateway.ts', name),
    );
    expect(set).toEqual(tests);
    expect(tests.length).toBeGreaterThan(0);
  });

  it.each(ofBroker.map((one) => [one.name, one.byDefault] as const))(
    '%s has the default that it had, or a row with both and the reason',
    (name, byDefault) => {
      if (name === 'WAL_PATH') return expect(configOf({ WAL_PATH: byDefault })).toEqual(configOf({}));
      const { earlier, defaultText } = settingOfVariable(name) ?? {};
      expect(earlier?.value).toBe(byDefault);
      if (earlier?.why === undefined) return expect(configOf({ [name]: byDefault })).toEqual(configOf({}));
      const row = `| \`${name}\` | \`${byDefault}\` | \`${defaultText}\` | ${earlier.why} |`;
      expect(namedIn('docs/configuration.md', row)).toBe(true);
    },
  );

  it('that is listed as one kind is that kind, and none is left out', () => {
    const named = (here: EarlierVariable['here']) =>
      EARLIER_VARIABLES.filter((one) => one.here === here).map(({ name }) => name);
    expect(named('refused unless off').sort()).toEqual(NOT_YET_VARIABLES.map(({ name }) => name).sort());
    expect(named('ignored').sort()).toEqual([...UNRELATED_VARIABLES].sort());
    const settings = SETTINGS.flatMap(({ env, earlier }) =>
      earlier === undefined || /always|fixed|no limit/.test(earlier.value) ? [] : [env],
    );
    expect(named('works').sort()).toEqual([...settings, 'WAL_PATH', 'ADMIN_TOKEN'].sort());
  });

  it.each(NOT_YET_VARIABLES.map(({ name, earlier }) => [name, earlier] as const))(
    '%s is told with the default that it had',
    (name, earlier) => {
      expect(EARLIER_VARIABLES.find((one) => one.name === name)?.byDefault).toBe(earlier);
    },
  );
});
