// docs/architecture.md: its pictures say what the sources say. Entities are compared field by field, type by type and
// in order; every file that the page names is there.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../tidy/repository.ts';
import { type Field, interfaceFields, unionMembers, unionTag } from './interface-fields.ts';
import { type EntityPicture, pictures, readEntities } from './mermaid.ts';

const source = (path: string): string => readFileSync(join(root, path), 'utf8');
const page = source('docs/architecture.md');
const [events, checkpoint, files] = pictures(page, 'erDiagram').map(readEntities) as [
  EntityPicture,
  EntityPicture,
  EntityPicture,
];

const plain = (type: string, ...names: readonly string[]): readonly Field[] =>
  names.map((name) => ({ name, type, nullable: false }));

/** Each name with the interfaces, in turn, that declare its fields. */
function declared(path: string, names: Readonly<Record<string, string>>): readonly [string, readonly Field[]][] {
  const text = source(path);
  return Object.entries(names).map(([entity, name]) => [entity, interfaceFields(text, name)]);
}

function eventEntities(): Map<string, readonly Field[]> {
  const rooms = readdirSync(join(root, 'internal/domain')).filter((name) => /(?<!\.test)\.ts$/.test(name));
  const text = rooms.map((file) => source(`internal/domain/${file}`)).join('\n');
  return new Map([
    ...unionMembers(text, 'Event').map((name) => [unionTag(text, name), interfaceFields(text, name)] as const),
    ...Object.entries({
      operator: 'Operator',
      'attempt-record': 'AttemptRecord',
      'relocated-entry': 'RelocatedEntry',
      'accepted-times': 'AcceptedTimes',
      'accepted-traits': 'AcceptedTraits',
      'queue-policy': 'QueuePolicy',
    }).map(([entity, name]) => [entity, interfaceFields(text, name)] as const),
  ]);
}

/** The sections by the names that the codec gives their kinds. */
function checkpointEntities(): Map<string, readonly Field[]> {
  const capture = 'internal/usecase/checkpoint/capture.ts';
  /** As the comment above a list of numbers names them. */
  const columnsOf = (list: string): readonly string[] => {
    const said = new RegExp(`/\\*\\* ([\\w, ]+), in turn\\. \\*/\\n {2}readonly ${list}: Float64Array`).exec(
      source(capture),
    );
    return (said?.[1] ?? '').toLowerCase().split(', ');
  };
  const of = (path: string, name: string): readonly Field[] => interfaceFields(source(path), name);
  const sections: Readonly<Record<string, readonly Field[]>> = {
    scalars: of(capture, 'CapturedScalars'),
    queue: of(capture, 'CapturedQueue'),
    routes: [...of('internal/domain/route-index.ts', 'RouteEntry'), ...of('internal/domain/route.ts', 'Route')],
    sessions: of(capture, 'CapturedSession'),
    producer: of(capture, 'CapturedProducer'),
    retries: plain('number', ...columnsOf('retries')),
    expiries: plain('number', ...columnsOf('expiries')),
    leases: plain('number', ...columnsOf('leases')),
  };
  const kinds = [...source('internal/usecase/checkpoint/codec.ts').matchAll(/^const ([A-Z]+) = \d+;$/gm)]
    .map(([, kind = '']) => kind.toLowerCase())
    .filter((kind) => kind !== 'head');
  return new Map([
    ...kinds.map((kind) => [kind, sections[kind] ?? []] as const),
    ['checkpoint-header', of('internal/repository/checkpoint/checkpoint-format.ts', 'CheckpointHeader')],
    ['dead-letter', of('internal/domain/queue.ts', 'DeadLetter')],
  ]);
}

function fileEntities(): Map<string, readonly Field[]> {
  const block = [...source('pkg/protocol/block.ts').matchAll(/^\/\/ +\d+ (u8|u16|u32) +(\w+)/gm)];
  return new Map([
    ...declared('internal/repository/journal/format/segment-frame.ts', {
      'segment-header': 'SegmentHeader',
      footer: 'Footer',
    }),
    ...declared('internal/repository/journal/format/group-header.ts', { 'group-header': 'GroupHeader' }),
    ['message-block', block.map(([, type = '', name = '']) => ({ type, name, nullable: false }))],
  ]);
}

const sorted = (entities: ReadonlyMap<string, readonly Field[]>) =>
  Object.fromEntries([...entities].sort(([a], [b]) => (a < b ? -1 : 1)));

describe('the stored entities', () => {
  it.each([
    ['events of the journal', events, eventEntities()],
    ['sections of a checkpoint', checkpoint, checkpointEntities()],
    ['files of the journal', files, fileEntities()],
  ])('%s are drawn with the fields that the sources declare', (_, picture, wanted) => {
    expect(wanted.size).toBeGreaterThan(3);
    for (const fields of wanted.values()) expect(fields.length).toBeGreaterThan(0);
    expect(sorted(picture.entities)).toEqual(sorted(wanted));
  });

  it.each([
    ['events', events],
    ['checkpoint', checkpoint],
    ['files', files],
  ])('of the picture of %s are related to each other, and to nothing that is not drawn', (_, picture) => {
    expect(picture.relations.length).toBeGreaterThan(0);
    expect(picture.relations.flat().filter((name) => !picture.entities.has(name))).toEqual([]);
  });
});

/** Paths into the repository, wherever they stand on the page. */
const pathsOf = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/\b(?:internal|pkg|cmd|scripts|docs)\/[\w./-]*\w/g)].map(([path]) => path)),
];

describe('the files', () => {
  it('that the page names are there', () => {
    const named = pathsOf(page);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it.each(pictures(page, 'flowchart').map((picture, index) => [index, picture] as const))(
    'of flow picture %d are named in its boxes',
    (_, picture) => {
      expect(pathsOf(picture).length).toBeGreaterThan(8);
    },
  );
});

describe('the comparison', () => {
  const text = [
    'export interface Paid {',
    "  readonly type: 'paid';",
    '  /** Never; said twice. */',
    '  readonly amounts: readonly (readonly Cents[])[];',
    '  readonly payer: Payer | null;',
    "  readonly cause: 'cash' | 'card';",
    '  readonly note?: string;',
    '}',
    'export type Event = Paid;',
  ].join('\n');

  it('sees each field, its type, and whether it may be missing', () => {
    expect(unionMembers(text, 'Event').map((name) => unionTag(text, name))).toEqual(['paid']);
    expect(interfaceFields(text, 'Paid')).toEqual([
      { name: 'amounts', type: 'Cents[][]', nullable: false },
      { name: 'payer', type: 'Payer', nullable: true },
      { name: 'cause', type: 'text', nullable: false },
      { name: 'note', type: 'string', nullable: true },
    ]);
  });

  it.each([
    ['a field that is missing', ['        Cents[][] amounts', '        text cause']],
    ['another type', ['        Cents[] amounts', '        Payer payer "or null"', '        text cause']],
    [
      'a field that may be missing here only',
      ['        Cents[][] amounts', '        Payer payer', '        text cause'],
    ],
  ])('finds %s', (_, lines) => {
    const note = '        string note "or null"';
    const picture = readEntities(['    paid {', ...lines, note, '    }'].join('\n'));
    expect(picture.entities.get('paid')).not.toEqual(interfaceFields(text, 'Paid'));
  });

  it.each([
    ['a line that is no picture', '    paid {\n        Cents  amount\n    }'],
    ['an entity drawn twice', '    paid {\n    }\n    paid {\n    }'],
    ['a relation without its words', '    paid ||--o{ payer'],
  ])('refuses %s', (_, picture) => {
    expect(() => readEntities(picture)).toThrow(/not understood|drawn twice/);
  });
});
