// The earlier route catalog in both of its shapes, and in shapes that it must not have.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { checkPattern } from '../../../pkg/protocol/topic.ts';
import { parseCatalog } from './catalog-file.ts';

const FILE = 'routes.catalog.json';
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (value: unknown): ReturnType<typeof parseCatalog> => parseCatalog(bytesOf(JSON.stringify(value)), FILE);
const route = (over: object = {}): object => ({
  pattern: 'user.created',
  destination_id: 'node-1',
  route_type: 'direct',
  priority: 0,
  enabled: true,
  tenant: '',
  ...over,
});

/** As the earlier broker writes it. */
const WRITTEN = `{
  "version": 1,
  "data": [
    {
      "pattern": "user.created",
      "destination_id": "node-1",
      "route_type": "direct",
      "priority": 0,
      "enabled": true,
      "tenant": ""
    },
    {
      "pattern": "metrics.>",
      "destination_id": "telemetry",
      "route_type": "fanout",
      "priority": 5,
      "enabled": false,
      "tenant": "acme",
      "metadata": { "owner": "ops" }
    }
  ]
}`;

describe('a catalog', () => {
  it('as the earlier broker writes it comes in whole', () => {
    const { routes, refused, collapsed } = parseCatalog(bytesOf(WRITTEN), FILE);
    expect(routes).toEqual([
      {
        tenant: '',
        pattern: 'user.created',
        kind: 'direct',
        queueName: 'node-1',
        priority: 0,
        enabled: true,
        exclusive: true,
        metadata: {},
      },
      {
        tenant: 'acme',
        pattern: 'metrics.>',
        kind: 'fanout',
        queueName: '',
        priority: 5,
        enabled: false,
        exclusive: false,
        metadata: { owner: 'ops' },
      },
    ]);
    expect({ refused, collapsed }).toEqual({ refused: [], collapsed: 0 });
  });

  it('in the documented shape comes in the same', () => {
    const documented = parseCatalog(bytesOf(WRITTEN.replace('"data"', '"routes"')), FILE);
    expect(documented.routes).toEqual(parseCatalog(bytesOf(WRITTEN), FILE).routes);
  });

  it('may leave all but the pattern out', () => {
    expect(parse({ version: 1, routes: [{ pattern: 'orders.*' }] }).routes).toEqual([
      {
        tenant: '',
        pattern: 'orders.*',
        kind: 'direct',
        queueName: 'orders.*',
        priority: 0,
        enabled: true,
        exclusive: true,
        metadata: {},
      },
    ]);
  });

  it.each(['', ' \n', '{"version":1,"data":null}', '{"version":1,"routes":[]}'])('of %j has no routes', (text) => {
    expect(parseCatalog(bytesOf(text), FILE).routes).toEqual([]);
  });

  it('with a byte order mark is read', () => {
    expect(parseCatalog(bytesOf(`\ufeff${WRITTEN}`), FILE).routes).toHaveLength(2);
  });

  it('takes bridge, internal and system routes as they are, and lists those that make no sense', () => {
    const { routes, refused } = parse({
      version: 1,
      data: [
        ...['bridge', 'internal', 'system', 'direct'].map((route_type) => route({ route_type })),
        route({ route_type: 'system', pattern: '_dlq.>', destination_id: 'letters' }),
        route({ route_type: 'bridge', pattern: '_dlq.>' }),
      ],
    });
    expect(routes.map(({ kind, queueName, exclusive }) => [kind, queueName, exclusive])).toEqual([
      ['bridge', 'node-1', false],
      ['internal', 'node-1', false],
      ['direct', 'node-1', true],
      ['system', 'letters', false],
    ]);
    expect(refused.map(({ code, detail }) => [code, detail])).toEqual([
      ['NOT_SUPPORTED', `${FILE}: data[2].route_type: system routes take topics of the broker alone`],
      ['NOT_SUPPORTED', `${FILE}: data[5].route_type: bridge routes take no topics of the broker`],
    ]);
  });

  it('collapses what the earlier store kept twice to the entry that decided', () => {
    const family = [
      route({ priority: 1 }),
      route({ priority: 9, enabled: false }),
      route({ priority: 3 }),
      route({ priority: 3 }),
    ];
    const { routes, collapsed } = parse({
      version: 1,
      data: [...family, route({ destination_id: 'node-2' }), route({ tenant: 'acme' })],
    });
    expect(routes.map(({ tenant, queueName, priority, enabled }) => [tenant, queueName, priority, enabled])).toEqual([
      ['', 'node-1', 3, true],
      ['', 'node-2', 0, true],
      ['acme', 'node-1', 0, true],
    ]);
    expect(collapsed).toBe(3);
  });

  it('collapses fanout routes that differ in their destination only, which meant nothing', () => {
    const { routes } = parse({
      version: 1,
      data: [route({ route_type: 'fanout' }), route({ route_type: 'fanout', destination_id: 'other' })],
    });
    expect(routes).toHaveLength(1);
  });

  it('has a digest of its bytes, not of its meaning', () => {
    expect(parseCatalog(bytesOf(''), FILE).digest).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    expect(parseCatalog(bytesOf(WRITTEN), FILE).digest).not.toBe(parseCatalog(bytesOf(`${WRITTEN}\n`), FILE).digest);
  });

  it('cannot change an object behind the scenes by a field named __proto__', () => {
    const text = '{"version":1,"data":[{"pattern":"a","metadata":{"__proto__":"x"}}]}';
    expect(Object.entries(parseCatalog(bytesOf(text), FILE).routes[0]?.metadata ?? {})).toEqual([['__proto__', 'x']]);
    expect(() =>
      parseCatalog(bytesOf('{"version":1,"data":[{"pattern":"a","__proto__":{"priority":9}}]}'), FILE),
    ).toThrow('__proto__: is not a known field');
  });
});

describe('a broken catalog is refused with file and field:', () => {
  it.each<[string, unknown]>([
    [`${FILE}.version: is 2, known is 1`, { version: 2, data: [] }],
    [`${FILE}.version: is 0, known is 1`, { version: 0, data: [] }],
    [`${FILE}.version: is missing`, { data: [] }],
    [`${FILE}.version: must be a whole number`, { version: '1', data: [] }],
    [`${FILE}.routes: is missing`, { version: 1 }],
    [`${FILE}.data: stands beside routes`, { version: 1, routes: [], data: [] }],
    [`${FILE}.data: must be a list`, { version: 1, data: {} }],
    [`${FILE}.route: is not a known field`, { version: 1, route: [] }],
    [`${FILE}: must be an object`, []],
    [`${FILE}: must be an object`, 'routes'],
    [`${FILE}: data[1]: must be an object`, { version: 1, data: [route(), null] }],
    [`${FILE}: routes[0].pattern: is missing`, { version: 1, routes: [{}] }],
    [`${FILE}: data[0].pattern: "a*": `, { version: 1, data: [route({ pattern: 'a*' })] }],
    [`${FILE}: data[0].pattern: must be text`, { version: 1, data: [route({ pattern: 7 })] }],
    [
      `${FILE}: data[0].route_type: "multicast" is no type of route`,
      { version: 1, data: [route({ route_type: 'multicast' })] },
    ],
    [`${FILE}: data[0].priority: must be a whole number`, { version: 1, data: [route({ priority: 1.5 })] }],
    [`${FILE}: data[0].priority: must be a whole number`, { version: 1, data: [route({ priority: 1e300 })] }],
    [`${FILE}: data[0].enabled: must be true or false`, { version: 1, data: [route({ enabled: 'yes' })] }],
    [`${FILE}: data[0].tenant: "a\\u0000b": `, { version: 1, data: [route({ tenant: 'a\0b' })] }],
    [`${FILE}: data[0].destination_id: " x": `, { version: 1, data: [route({ destination_id: ' x' })] }],
    [`${FILE}: data[0].metadata.owner: must be text`, { version: 1, data: [route({ metadata: { owner: 1 } })] }],
    [`${FILE}: data[0].metadata: must be an object`, { version: 1, data: [route({ metadata: ['x'] })] }],
    [`${FILE}: data[0].prioriy: is not a known field`, { version: 1, data: [route({ prioriy: 1 })] }],
  ])('%s', (detail, value) => {
    expect(() => parse(value)).toThrow(TachyonError);
    expect(() => parse(value)).toThrow(`INVALID_CONFIG: ${detail}`);
  });

  it('also when it is no JSON, cut short, or no text at all', () => {
    expect(() => parseCatalog(bytesOf('{"version":1,'), FILE)).toThrow(`INVALID_CONFIG: ${FILE}: is not JSON`);
    expect(() => parseCatalog(new Uint8Array([0x7b, 0xff, 0x7d]), FILE)).toThrow(
      `INVALID_CONFIG: ${FILE}: is not UTF-8 text`,
    );
    for (let cut = 1; cut < WRITTEN.length - 1; cut++)
      expect(() => parseCatalog(bytesOf(WRITTEN.slice(0, cut)), FILE)).toThrow(TachyonError);
  });
});

it('whatever the JSON, a catalog is refused by code or all its routes obey the grammar', () => {
  const anyRoute = fc.record(
    {
      pattern: fc.oneof(fc.constantFrom('a.b', '*', '>', 'a.*.>'), fc.anything()),
      destination_id: fc.oneof(fc.string(), fc.constant(null)),
      route_type: fc.constantFrom('direct', 'fanout', 'bridge', '', null, 'x'),
      priority: fc.oneof(fc.integer(), fc.double()),
      enabled: fc.oneof(fc.boolean(), fc.anything()),
    },
    { requiredKeys: ['pattern'] },
  );
  let accepted = 0;
  fc.assert(
    fc.property(fc.oneof(fc.array(anyRoute, { maxLength: 2 }), fc.anything()), (data) => {
      try {
        for (const { pattern, queueName, kind } of parse({ version: 1, data }).routes) {
          expect(checkPattern(pattern)).toBeNull();
          expect(queueName === '').toBe(kind === 'fanout');
          accepted++;
        }
      } catch (error) {
        expect(error).toMatchObject({ name: 'TachyonError', code: 'INVALID_CONFIG' });
      }
    }),
    { numRuns: 2_000, seed: 1 },
  );
  expect(accepted).toBeGreaterThan(20);
});
