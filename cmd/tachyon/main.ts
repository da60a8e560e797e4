#!/usr/bin/env node
// The `tachyon` executable. A broker is started as fast as it can be; every other command is found in the whole program.

import { meansBroker } from './start/broker-words.ts';
import { compiledBroker } from './start/compiled-broker.ts';

const words = process.argv.slice(2);
const program = meansBroker(words)
  ? (compiledBroker(import.meta.dirname) ?? (await import('./start/broker-alone.ts')))
  : await import('./start/any-command.ts');
await program.run(words);
