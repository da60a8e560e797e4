// `npm run evidence -- <name> [options]`: long runs that show a promise of docs/guarantees.md on this machine.

const RUNS: Readonly<Record<string, () => Promise<unknown>>> = {
  audit: () => import('./audit.ts'),
  backlog: () => import('./backlog.ts'),
  'fanout-flood': () => import('./fanout-flood.ts'),
  kill: () => import('./kill.ts'),
  'lock-races': () => import('./lock-races.ts'),
  redrive: () => import('./redrive.ts'),
  sidecar: () => import('./sidecar.ts'),
};

const [name = ''] = process.argv.splice(2, 1);
const run = Object.hasOwn(RUNS, name) ? RUNS[name] : undefined;
if (run === undefined) {
  console.error(`evidence of what? ${Object.keys(RUNS).join(', ')}`);
  process.exitCode = 2;
} else await run();
