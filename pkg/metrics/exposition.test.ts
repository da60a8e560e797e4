// The text that Prometheus reads, line by line, and what names and values may not do to it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exposition } from './exposition.ts';
import { byLabel, counter, gauge, histogram } from './family.ts';
import { Histogram } from './histogram.ts';

describe('the text of a scrape', () => {
  it('says of each family what it is, and then its values', () => {
    const text = exposition([
      counter('tachyon_acked_total', 'Messages acknowledged.', 3),
      gauge('tachyon_sessions', 'Sessions.', byLabel('state', { live: 2, away: 0 })),
      gauge('tachyon_nothing', 'Nothing yet.', []),
    ]);
    expect(text).toBe(
      [
        '# HELP tachyon_acked_total Messages acknowledged.',
        '# TYPE tachyon_acked_total counter',
        'tachyon_acked_total 3',
        '# HELP tachyon_sessions Sessions.',
        '# TYPE tachyon_sessions gauge',
        'tachyon_sessions{state="live"} 2',
        'tachyon_sessions{state="away"} 0',
        '# HELP tachyon_nothing Nothing yet.',
        '# TYPE tachyon_nothing gauge',
        '',
      ].join('\n'),
    );
  });

  it('has cumulative buckets, the last without a bound', () => {
    const durations = new Histogram([0.5, 1]);
    durations.observe(0.25, 2);
    durations.observe(1);
    durations.observe(7);
    const [, , ...lines] = exposition([histogram('tachyon_wait_seconds', 'Wait.', durations.read())]).split('\n');
    expect(lines).toEqual([
      'tachyon_wait_seconds_bucket{le="0.5"} 2',
      'tachyon_wait_seconds_bucket{le="1"} 3',
      'tachyon_wait_seconds_bucket{le="+Inf"} 4',
      'tachyon_wait_seconds_sum 8.5',
      'tachyon_wait_seconds_count 4',
      '',
    ]);
  });

  it("spells what is not finite as Prometheus's parser does", () => {
    const values = { a: Number.POSITIVE_INFINITY, b: Number.NEGATIVE_INFINITY, c: Number.NaN, d: 1e21, e: 5e-7 };
    const text = exposition([gauge('tachyon_odd', 'Odd.', byLabel('k', values))]);
    expect(
      text
        .split('\n')
        .slice(2, -1)
        .map((line) => line.split(' ')[1]),
    ).toEqual(['+Inf', '-Inf', 'NaN', '1e+21', '5e-7']);
  });

  it('keeps a sample on its line whatever a queue is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        const [, , line, end] = exposition([gauge('tachyon_q', 'Q\\\nq.', byLabel('queue', { [name]: 1 }))]).split(
          '\n',
        );
        const [, inside = ''] = /^tachyon_q\{queue="((?:[^"\\\n]|\\["\\n])*)"\} 1$/.exec(line ?? '') ?? [];
        const plain = inside.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
        expect({ plain, end }).toEqual({ plain: name, end: '' });
      }),
      { examples: [['a"b'], ['a\\'], ['a\\n'], ['a\nb'], ['__proto']] },
    );
  });
});
