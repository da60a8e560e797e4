// Writes V8's code cache for the broker's program, with the functions that a start needs: those that have run when a
// broker, on a folder of its own, says that it is ready. The build bundles it and runs it (bundle.mjs), with the script and
// the folder.

import { writeFileSync } from 'node:fs';
import { SUPERVISED_VARIABLE } from '../cmd/tachyon/process/supervised.ts';
import { cacheOf, compile, evaluate } from '../cmd/tachyon/start/compiled-broker.ts';

const READY_WITHIN_MS = 20_000;
const ANY_PORT = 'tcp://127.0.0.1:*';

const [file, folder] = process.argv.slice(2);
const script = compile(file, undefined);
const late = setTimeout(() => {
  process.stderr.write('the broker that is to be compiled does not get ready\n');
  process.exit(1);
}, READY_WITHIN_MS);

// It is told as a supervisor is.
process.env[SUPERVISED_VARIABLE] = '1';
Object.defineProperty(process, 'connected', { value: true });
process.send = () => {
  clearTimeout(late);
  writeFileSync(cacheOf(file), script.createCachedData());
  process.exit(0);
};
await evaluate(script, file).run(['--data-dir', folder, '--router', ANY_PORT, '--pub', ANY_PORT]);
