// What is written about the metrics is true: the documents name each one and no other, and dashboards and alert rules
// only ask for what a scrape has.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Family } from '../../../pkg/metrics/family.ts';
import { LoopDelay } from '../../../pkg/metrics/loop-delay.ts';
import { anEngine } from '../../testing/fixtures/an-engine.ts';
import { BrokerMetrics } from './broker-metrics.ts';

const root = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const delay = new LoopDelay();
const metrics = new BrokerMetrics({ monotonicMs: () => 0, wallMs: () => 0, queuesMax: 10, adminOnly: false, delay });
let families: readonly Family[] = [];

beforeAll(async () => {
  const { engine } = await anEngine();
  metrics.serve(engine);
  families = await metrics.families();
});
afterAll(() => {
  metrics.close();
  delay.close();
});

/** Those of the gateway, as its page has them; that it has these and no other is tested where it makes them. */
const ofGateway = [
  ...read('docs/gateway.md').matchAll(/^\| `(tachyon_gateway_\w+)` \| (counter|gauge|histogram) \|/gm),
];

/** The names that samples have in a scrape. */
const sampleNames = (): ReadonlySet<string> =>
  new Set(
    [...families, ...ofGateway.map(([, name = '', type = '']) => ({ name, type }))].flatMap(({ name, type }) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => `${name}${suffix}`) : [name],
    ),
  );

const strange = (expression: string): readonly string[] =>
  [...expression.matchAll(/\btachyon_[a-z0-9_]+/g)].map(([name]) => name).filter((name) => !sampleNames().has(name));

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
}

const rules = (
  parse(read('scripts/deploy/alerts.yml')) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }
).groups.flatMap((group) => group.rules);

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
  readonly templating: { readonly list: readonly { readonly query: string }[] };
}

const dashboards = readdirSync(join(root, 'scripts/deploy/grafana')).map(
  (file) => JSON.parse(read(`scripts/deploy/grafana/${file}`)) as Dashboard,
);

const operations = read('docs/operations.md');
const rowsOf = (heading: string): string => operations.split(/^###? /m).find((part) => part.startsWith(heading)) ?? '';

describe('metrics', () => {
  it('have each a name of their own, which says what they are', () => {
    const names = families.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(70);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, type, help } of families) {
      expect(name).toMatch(/^tachyon_[a-z0-9]+(_[a-z0-9]+)*$/);
      expect({ name, counts: name.endsWith('_total') }).toEqual({ name, counts: type === 'counter' });
      expect(help).toMatch(/^[A-Z0-9].+\.$/);
    }
  });

  it('are all in the tables of docs/operations.md, with their types, and nothing else is', () => {
    const rows = [...rowsOf('Metrics').matchAll(/^\| `(tachyon_\w+)` \| (\w+) \| [^|]*\| .+ \|$/gm)];
    const documented = rows.map(([, name, type]) => ({ name, type }));
    const byName = (a: { name?: string | undefined }, b: { name?: string | undefined }): number =>
      `${a.name}`.localeCompare(`${b.name}`, 'en');
    expect(documented.sort(byName)).toEqual(families.map(({ name, type }) => ({ name, type })).sort(byName));
  });

  it('answer for each of the counters of the earlier system, or say that it means nothing here', () => {
    const rows = [...rowsOf('Metrics').matchAll(/^\| ([A-Z]\w+) \| (.+) \|$/gm)].map(([, name, here = '']) => ({
      name,
      here,
    }));
    expect(rows).toHaveLength(22);
    for (const { here } of rows) expect(here).toMatch(/^(`tachyon_\w+`|means nothing)/);
    expect(rows.flatMap(({ here }) => strange(here))).toEqual([]);
  });
});

describe('alert rules', () => {
  it('ask only for metrics that a scrape has', () => {
    expect(rules.length).toBeGreaterThan(15);
    expect(rules.flatMap(({ alert, expr }) => strange(expr).map((name) => `${alert}: ${name}`))).toEqual([]);
    for (const { alert, expr, labels } of rules) {
      expect({ alert, expr }).toEqual({
        alert,
        expr: expect.stringMatching(/\b(tachyon_\w+|up\{job="tachyon(-gateway)?"\})/),
      });
      expect(['critical', 'warning']).toContain(labels.severity);
    }
  });

  it('are each expected to fire by a test of theirs', () => {
    const tested = [...read('scripts/deploy/alerts.test.yml').matchAll(/alertname="(\w+)"/g)].map(([, alert]) => alert);
    expect(tested).toEqual(rules.map(({ alert }) => alert));
  });

  it('have each a row that says what to do, and every row is an alert', () => {
    const rows = [...rowsOf('Alerts').matchAll(/^\| (Tachyon\w+) \| .{20,} \|$/gm)].map(([, alert]) => alert);
    expect(rows).toEqual(rules.map(({ alert }) => alert));
  });
});

describe('dashboards', () => {
  it('are four, and ask only for metrics that a scrape has', () => {
    expect(dashboards.map(({ uid }) => uid).sort()).toEqual([
      'tachyon-flow',
      'tachyon-health',
      'tachyon-queues',
      'tachyon-resources',
    ]);
    for (const { uid, panels, templating } of dashboards) {
      const expressions = [
        ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
        ...templating.list.map(({ query }) => query),
      ];
      expect({ uid, strange: expressions.flatMap(strange) }).toEqual({ uid, strange: [] });
      expect(panels.length).toBeGreaterThan(7);
      for (const { targets } of panels) for (const { expr } of targets) expect(expr).toMatch(/\btachyon_\w+/);
    }
  });

  it('that ask for something else are found', () => {
    expect(strange('rate(tachyon_absent_total[5m]) + tachyon_ready')).toEqual(['tachyon_absent_total']);
    expect(strange('tachyon_journal_sync_seconds')).toEqual(['tachyon_journal_sync_seconds']);
  });
});
