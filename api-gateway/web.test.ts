// The page's own reasoning, without a browser: how values from outside become text, how bodies are read, what the plots
// keep, and why a queue is said to lag.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

interface TextModule {
  readonly partsOf: (
    text: string,
    options?: { lines?: boolean },
  ) => readonly { readonly text?: string; readonly mark?: string }[];
  readonly visible: (text: string) => string;
  readonly cut: (text: string, max: number) => { readonly shown: string; readonly left: number };
  readonly bytes: (value: unknown) => string;
  readonly duration: (ms: unknown) => string;
  readonly moment: (text: unknown) => string | null;
}
interface BodyModule {
  readonly bytesOf: (base64: string) => Uint8Array;
  readonly textOf: (bytes: Uint8Array, truncated: boolean) => { readonly text: string; readonly isText: boolean };
  readonly layOutJson: (text: string) => string | null;
  readonly hexDump: (bytes: Uint8Array, rowsMax: number) => { readonly dump: string; readonly left: number };
}
interface HistoryModule {
  readonly SAMPLES_MAX: number;
  readonly History: new () => {
    readonly samples: readonly Readonly<Record<string, number | null>>[];
    take(status: object): void;
    column(name: string): readonly (number | null)[];
  };
}
interface LagModule {
  readonly lagOf: (
    queue: object,
    sessions: readonly object[] | null,
    status: object | null,
  ) => { readonly state: string; readonly tone: string; readonly why: string; readonly beside?: string };
}

/** The page is plain JavaScript: it is loaded as a browser would load it. */
const load = async <T>(name: string): Promise<T> => (await import(new URL(`web/${name}`, import.meta.url).href)) as T;

const { partsOf, visible, cut, bytes, duration, moment } = await load<TextModule>('text.js');
const { bytesOf, textOf, layOutJson, hexDump } = await load<BodyModule>('body.js');
const { History, SAMPLES_MAX } = await load<HistoryModule>('history.js');
const { lagOf } = await load<LagModule>('lag.js');

describe('a value from outside', () => {
  it('shows controls, bidirectional marks and what has no width by name', () => {
    expect(visible('a\u0000b\u001b[31m\u007f\u0085')).toBe('a<NUL>b<ESC>[31m<DEL><U+0085>');
    expect(visible('\u202egnp.exe\u2066\u200b\ufeff\u2028')).toBe('<U+202E>gnp.exe<U+2066><U+200B><U+FEFF><U+2028>');
    expect(visible('half \ud800 pair, tag \u{e0041}')).toBe('half <U+D800> pair, tag <U+E0041>');
    expect(visible('Ünïcödé 日本 💥')).toBe('Ünïcödé 日本 💥');
  });

  it('keeps line ends and tabs where lines are shown, and only there', () => {
    expect(partsOf('a\tb\nc\r', { lines: true })).toEqual([{ text: 'a\tb\nc' }, { mark: 'CR' }]);
    expect(partsOf('a\nb')).toEqual([{ text: 'a' }, { mark: 'LF' }, { text: 'b' }]);
  });

  it('never lets an invisible character through, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      }),
    );
  });

  it('is cut at its bound and says how much is left; a pair is not torn', () => {
    expect(cut('abc', 3)).toEqual({ shown: 'abc', left: 0 });
    expect(cut('x'.repeat(100_000), 120)).toEqual({ shown: 'x'.repeat(120), left: 99_880 });
    expect(cut('ab💥', 3)).toEqual({ shown: 'ab', left: 2 });
  });

  it('that is no number or no time is not made one', () => {
    expect([bytes('5'), bytes(null), duration(undefined), duration(Number.NaN)]).toEqual(['–', '–', '–', '–']);
    expect([moment('<script>'), moment(5), moment(undefined)]).toEqual([null, null, null]);
    expect([bytes(0), bytes(1_536), duration(59_999), duration(3_600_000)]).toEqual([
      '0 B',
      '1.5 KiB',
      '59 s',
      '1 h 0 min',
    ]);
  });
});

describe('a body', () => {
  const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

  it('that is no UTF-8 says so; one that was cut in a character does not', () => {
    expect(bytesOf('/wBB')).toEqual(Uint8Array.of(0xff, 0, 0x41));
    expect(textOf(bytesOf('/wBB'), false)).toEqual({ text: '\ufffd\u0000A', isText: false });
    expect(textOf(utf8('é').subarray(0, 1), false).isText).toBe(false);
    expect(textOf(utf8('é').subarray(0, 1), true).isText).toBe(true);
  });

  it('is laid out as JSON without changing a number, a name or a text', () => {
    expect(layOutJson('{"a":12345678901234567890,"a":1.0,"b":["}{,",""],"c":{},"d":[ ]}')).toBe(
      '{\n  "a": 12345678901234567890,\n  "a": 1.0,\n  "b": [\n    "}{,",\n    ""\n  ],\n  "c": {},\n  "d": []\n}',
    );
    expect(layOutJson('{"a":')).toBeNull();
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.parse(layOutJson(text) ?? '')).toEqual(JSON.parse(text));
      }),
    );
  });

  it('cannot blow up the page by its depth', () => {
    const depth = 30_000;
    const laidOut = layOutJson(`${'['.repeat(depth)}${']'.repeat(depth)}`) ?? '';
    expect(laidOut.length).toBeLessThan(depth * 2 * 60);
  });

  it('is told in hex, row by row, up to a bound', () => {
    const { dump, left } = hexDump(utf8('<script>\u0000 and more'), 1);
    expect(dump).toBe('000000  3c 73 63 72 69 70 74 3e  00 20 61 6e 64 20 6d 6f  <script>. and mo');
    expect(left).toBe(2);
  });
});

describe('the history of the plots', () => {
  const status = (second: number, published: number, pid = 1) => ({
    time_unix_ms: second * 1_000,
    pid,
    counters: { published, delivered: 0, acked: 0 },
    depth: 3,
    leased: 0,
    journal: {},
  });

  it('is made of differences, with a gap where the broker was started anew', () => {
    const history = new History();
    for (const one of [
      status(1, 100),
      status(2, 150),
      status(2, 150),
      status(4, 170),
      status(5, 5, 2),
      status(6, 6, 2),
    ]) {
      history.take(one);
    }
    expect(history.column('published')).toEqual([null, 50, 10, null, 1]);
    expect(history.column('at')).toEqual([1, 2, 4, 5, 6]);
  });

  it('keeps a bounded number of samples', () => {
    const history = new History();
    for (let second = 1; second <= SAMPLES_MAX * 3; second++) history.take(status(second, second));
    expect(history.samples).toHaveLength(SAMPLES_MAX);
  });

  it('begins anew when the clock was set back: a plot has no way to draw that', () => {
    const history = new History();
    for (const second of [10, 11, 5, 6]) history.take(status(second, 0));
    expect(history.column('at')).toEqual([5, 6]);
  });
});

describe('the state of a queue', () => {
  const queue = { queue: 'q', tenant_id: '', depth: 5, ready: 5, leased: 0, waiting_retry: 0, consumers: 1 };
  const session = { live: true, tenant_id: '', queues: ['q'], blocked: false, inflight: 0, max_inflight: 10 };

  it.each([
    ['empty', { ...queue, depth: 0, ready: 0, consumers: 0 }, [], {}],
    ['idle', { ...queue, depth: 0, ready: 0 }, [session], {}],
    ['no consumers', { ...queue, consumers: 0 }, [], {}],
    ['delivering', queue, [session], {}],
    ['delivering', queue, null, null],
    ['in work', { ...queue, ready: 0, leased: 5 }, [session], {}],
    ['retrying', { ...queue, ready: 0, waiting_retry: 5 }, [session], {}],
    ['scheduled', { ...queue, ready: 0, scheduled: 5 }, [session], {}],
    ['retrying', { ...queue, ready: 0, waiting_retry: 1, scheduled: 4 }, [session], {}],
    ['blocked', queue, [{ ...session, blocked: true }], {}],
    ['delivering', queue, [{ ...session, blocked: true }, session], {}],
    ['delivering', queue, [{ ...session, blocked: true, tenant_id: 'other' }], {}],
    ['consumers full', queue, [{ ...session, inflight: 10 }], {}],
    ['paused', { ...queue, paused: true }, [session], {}],
    ['stopping', queue, [session], { draining: true }],
    ['draining', { ...queue, draining: true }, [session], {}],
    ['drained', { ...queue, depth: 0, ready: 0, draining: true }, [session], {}],
    ['no consumers', { ...queue, consumers: 0, draining: true }, [], {}],
    ['paused', { ...queue, paused: true, draining: true }, [session], {}],
    ['blocked', queue, [session], { journal: { blocked: 'no space' } }],
  ])('is "%s" for the reason that comes first', (state, given, sessions, status) => {
    expect(lagOf(given, sessions, status).state).toBe(state);
  });

  it('says that it is drained also where it stands for another reason', () => {
    const { beside, why } = lagOf({ ...queue, consumers: 0, draining: true }, [], {});
    expect(beside).toBe('draining');
    expect(why).toBe('Messages wait and nobody consumes. It takes nothing new: somebody drains it.');
    expect(lagOf({ ...queue, consumers: 0 }, [], {}).beside).toBeUndefined();
  });
});
