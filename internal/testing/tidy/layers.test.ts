// Proved by planting: files with one import each, in a folder with the repository's own linter configuration. Every
// row of the layers table must refuse what it forbids, in its own words, and must let pass what it allows.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { relative } from 'node:path/posix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlantedProject, type Refusal } from './planted-project.ts';
import { root } from './repository.ts';

interface Layer {
  readonly forbidden: readonly string[];
  readonly allowed: readonly string[];
}

// Imports are written as paths from the root; `resolve` turns them into what a file in the room would say.
const LAYERS: Readonly<Record<string, Layer>> = {
  'internal/domain': {
    forbidden: [
      'node:fs',
      'node:crypto',
      'zod',
      'zeromq',
      'internal/usecase/turn.ts',
      'internal/usecase/ports/disk.ts',
    ],
    allowed: ['internal/domain/ids.ts', 'internal/domain/rules/publish.ts', 'pkg/protocol/errors.ts'],
  },
  'internal/usecase': {
    forbidden: [
      'node:fs',
      'zeromq',
      'internal/repository/journal/x.ts',
      'internal/delivery/transport.ts',
      'pkg/client/x.ts',
    ],
    allowed: ['internal/usecase/ports/journal.ts', 'internal/domain/rules/publish.ts', 'pkg/protocol/errors.ts'],
  },
  'internal/delivery': {
    forbidden: ['node:net', 'pino', 'internal/repository/disk/x.ts', 'internal/app/config.ts', 'pkg/client/index.ts'],
    allowed: ['zeromq', 'internal/usecase/turn.ts', 'internal/domain/ids.ts', 'pkg/protocol/x.ts', 'pkg/zmtp/index.ts'],
  },
  'internal/repository': {
    forbidden: [
      'node:net',
      'node:http',
      'zeromq',
      'internal/usecase/turn.ts',
      'internal/delivery/x.ts',
      'pkg/client/x.ts',
    ],
    allowed: [
      'node:fs',
      'node:fs/promises',
      'lmdb',
      'internal/usecase/ports/disk.ts',
      'internal/domain/ids.ts',
      'pkg/audit/index.ts',
    ],
  },
  'internal/media': {
    forbidden: ['zeromq', 'internal/usecase/turn.ts', 'internal/repository/x.ts', 'pkg/client/x.ts'],
    allowed: ['internal/usecase/ports/codec.ts', 'internal/domain/ids.ts', 'pkg/encoding/lz4.ts'],
  },
  'internal/app': {
    forbidden: ['api-gateway/app.ts', 'sidecar/server.ts', 'cmd/tachyon/main.ts', 'scripts/sim.ts'],
    allowed: ['node:os', 'pino', 'internal/delivery/x.ts', 'internal/repository/disk/x.ts', 'pkg/protocol/x.ts'],
  },
  cmd: {
    forbidden: ['internal/domain/ids.ts', 'internal/usecase/turn.ts', 'internal/delivery/x.ts', 'scripts/sim.ts'],
    allowed: [
      'node:fs',
      'commander',
      'internal/app/config.ts',
      'pkg/client/index.ts',
      'api-gateway/app.ts',
      'sidecar/x.ts',
    ],
  },
  'api-gateway': {
    forbidden: ['internal/domain/ids.ts', 'internal/app/config.ts', 'cmd/tachyon/main.ts', 'sidecar/x.ts'],
    allowed: ['node:http', 'fastify', 'pkg/client/index.ts', 'pkg/protocol/x.ts'],
  },
  sidecar: {
    forbidden: ['internal/media/x.ts', 'internal/app/config.ts', 'cmd/tachyon/main.ts', 'api-gateway/app.ts'],
    allowed: ['node:net', 'pkg/encoding/lz4.ts', 'lz4-napi'],
  },
  'pkg/protocol': {
    forbidden: ['node:buffer', 'zod', 'internal/domain/ids.ts', 'pkg/client/index.ts', 'pkg/encoding/lz4.ts'],
    allowed: ['pkg/protocol/errors.ts'],
  },
  'pkg/encoding': {
    forbidden: ['zeromq', 'internal/domain/ids.ts', 'pkg/client/index.ts', 'pkg/zmtp/index.ts'],
    allowed: ['node:zlib', 'lz4-napi', 'pkg/protocol/errors.ts'],
  },
  'pkg/audit': {
    forbidden: ['node:fs', 'zod', 'pkg/protocol/errors.ts', 'internal/domain/ids.ts'],
    allowed: ['node:crypto', 'pkg/audit/line.ts'],
  },
  'pkg/zmtp': {
    forbidden: ['node:fs', 'zeromq', 'pkg/protocol/errors.ts', 'internal/domain/ids.ts'],
    allowed: ['node:net', 'pkg/zmtp/frame.ts'],
  },
  'pkg/client': {
    forbidden: ['zod', 'pino', 'commander', 'internal/domain/ids.ts', 'internal/app/config.ts', 'cmd/tachyon/main.ts'],
    allowed: ['node:crypto', 'zeromq', 'pkg/protocol/errors.ts', 'pkg/encoding/lz4.ts'],
  },
};

const DEPTHS = ['planted', 'deeper/planted', 'deeper/still/planted'];
const IMPURE = [
  'Date.now()',
  'Math.random()',
  'performance.now()',
  'process.pid',
  'setTimeout(() => 0, 1)',
  'Buffer.alloc(1)',
];

const config = JSON.parse(readFileSync(join(root, '.oxlintrc.json'), 'utf8')) as {
  readonly overrides: readonly {
    readonly files: readonly string[];
    readonly rules: Readonly<Record<string, unknown>>;
  }[];
};
const layerRows = config.overrides.filter(({ rules }) => Array.isArray(rules['no-restricted-imports']));

const project = new PlantedProject();
let refusals: readonly Refusal[] = [];
const planted: {
  readonly file: string;
  readonly room: string;
  readonly what: string;
  readonly isForbidden: boolean;
}[] = [];

const slug = (text: string): string => text.replaceAll(/[^a-z]+/gi, '-').replaceAll(/^-|-$/g, '');

/** What a file of `folder` writes to import `target`: a path from the root becomes relative, a package stays. */
function resolve(folder: string, target: string): string {
  if (!/^(internal|pkg|cmd|api-gateway|sidecar|scripts)\//.test(target)) return target;
  const path = relative(folder, target);
  return path.startsWith('.') ? path : `./${path}`;
}

function plant(room: string, isForbidden: boolean, what: string, statement: (folder: string) => string): void {
  for (const depth of DEPTHS) {
    const folder = depth.includes('/') ? `${room}/${depth.slice(0, depth.lastIndexOf('/'))}` : room;
    const file = `${room}/${depth}-${isForbidden ? 'bad' : 'good'}-${slug(what)}.ts`;
    planted.push({ file, room, what, isForbidden });
    project.plant(file, statement(folder));
  }
}

beforeAll(() => {
  for (const [room, { forbidden, allowed }] of Object.entries(LAYERS)) {
    const testing = ['internal/testing/sim/world.ts'];
    const plantImport = (isForbidden: boolean) => (target: string) =>
      plant(room, isForbidden, target, (folder) => `export * from '${resolve(folder, target)}';\n`);
    [...forbidden, ...testing].forEach(plantImport(true));
    allowed.forEach(plantImport(false));
    plant(
      room,
      true,
      'dynamic',
      (folder) => `export const x = await import('${resolve(folder, forbidden[0] ?? '')}');\n`,
    );
    plant(room, true, 'type', (folder) => `export type { X } from '${resolve(folder, forbidden[0] ?? '')}';\n`);
  }
  for (const room of ['internal/domain', 'internal/usecase', 'pkg/protocol']) {
    for (const use of IMPURE) plant(room, true, use, () => `export const x: unknown = ${use};\n`);
  }
  for (const file of ['internal/domain/x.test.ts', 'internal/testing/sim/x.ts', 'scripts/sim.ts']) {
    const target = resolve(file.slice(0, file.lastIndexOf('/')), 'internal/testing/sim/world.ts');
    planted.push({ file, room: 'tests and scripts', what: 'internal/testing', isForbidden: false });
    project.plant(file, `export * from '${target}';\nexport * from 'node:fs';\n`);
  }
  refusals = project.oxlint();
});

afterAll(() => project.remove());

const isLayerRule = (rule: string): boolean => /no-restricted-(imports|globals|properties)/.test(rule);

describe('the linter', () => {
  it('has a planted case for every row of the layers table', () => {
    expect(layerRows.map(({ files }) => files.join()).sort()).toEqual(
      Object.keys(LAYERS)
        .map((room) => `${room}/**`)
        .sort(),
    );
  });

  it.each(Object.keys(LAYERS))('refuses what %s may not import or use', (room) => {
    const forbidden = planted.filter((file) => file.room === room && file.isForbidden);
    const refused = new Set(refusals.filter(({ rule }) => isLayerRule(rule)).map(({ file }) => file));
    expect(forbidden.length).toBeGreaterThan(0);
    expect(forbidden.filter(({ file }) => !refused.has(file))).toEqual([]);
  });

  it.each([...Object.keys(LAYERS), 'tests and scripts'])('lets pass what %s may import', (room) => {
    const allowed = planted.filter((file) => file.room === room && !file.isForbidden).map(({ file }) => file);
    expect(allowed.length).toBeGreaterThan(0);
    expect(refusals.filter(({ rule, file }) => isLayerRule(rule) && allowed.includes(file))).toEqual([]);
  });

  it('says the reason of the row, not only that the import is restricted', () => {
    for (const { files, rules } of layerRows) {
      const room = files.join().replace('/**', '');
      const { patterns } = (rules['no-restricted-imports'] as [string, { patterns: [{ message: string }] }])[1];
      const texts = refusals.filter(({ file }) => file.startsWith(`${room}/`)).map(({ text }) => text);
      expect(texts.some((text) => text.includes(patterns[0].message))).toBe(true);
    }
  });
});
