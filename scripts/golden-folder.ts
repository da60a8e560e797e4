// Writes the golden data folder of the current format version: once, when the version is new. An existing one is never
// written again, because it stands for all folders that are out there.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FORMAT_VERSION } from '../internal/repository/journal/format/layout.ts';
import { tellGoldenStory } from '../internal/testing/golden/golden-story.ts';
import { SimDisk } from '../internal/testing/sim/sim-disk.ts';

const folder = join(import.meta.dirname, '..', 'internal', 'testing', 'golden', `format-${FORMAT_VERSION}`);
if (existsSync(folder)) throw new Error(`${folder} exists: a golden folder is written once`);
mkdirSync(folder);
const disk = new SimDisk({ seed: 3 });
const fingerprint = tellGoldenStory(disk);
for (const [name, bytes] of disk.snapshot()) writeFileSync(join(folder, name), bytes);
writeFileSync(join(folder, 'expected.json'), `${JSON.stringify({ fingerprint }, null, 2)}\n`);
process.stdout.write(`${folder}: ${fingerprint}\n`);
