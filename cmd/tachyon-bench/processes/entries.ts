// Where the built programs are: measured is what is shipped, also when a script or a test runs from the sources.

import { extname, join } from 'node:path';

const rooms = join(import.meta.dirname, '../..');
const built = extname(import.meta.filename) === '.js' ? rooms : join(rooms, '../dist/cmd');

export const BROKER_ENTRY = join(built, '../bin/tachyon.js');
export const BENCH_ENTRY = join(built, 'tachyon-bench/main.js');
/** Loaded into a broker that is measured. */
export const PROBE_ENTRY = join(built, 'tachyon-bench/probe.js');
