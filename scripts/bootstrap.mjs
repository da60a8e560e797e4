// What must be true before anything else can run: dependencies are installed as the lock says, and dist is built from
// the sources as they are now. Plain JavaScript over node: modules only, because it runs when nothing is installed yet.
// Invariant: where everything is right already, nothing is written and no network is touched.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const SOURCE_ROOMS = ['cmd', 'internal', 'pkg', 'api-gateway', 'sidecar', 'scripts'];
const BUILT_FILES = ['package.json', 'package-lock.json', 'tsconfig.json'];
const BUILD_STAMP = 'dist/.built';
const COMPILER_MEMORY = 'dist/.tsbuildinfo';
const EXECUTABLE = 'dist/bin/tachyon.js';

/** Installs with `npm ci` unless node_modules holds what the lock names. Throws with npm's own words. */
export async function ensureInstalled() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const began = Date.now();
  say(`installing dependencies (${missing.length} missing or changed) …`);
  const flags = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = await run('npm', flags, { quiet: true, shell: process.platform === 'win32' });
  if (result.code !== 0) throw new BootstrapError('npm ci failed', result.output);
  say(`installed in ${seconds(began)}`);
}

/** Compiles when dist is missing or older than a source. Throws with the compiler's own words. */
export async function ensureBuilt() {
  const began = Date.now();
  const sources = sourceFiles();
  if (!isStale(sources)) return;
  say('building …');
  prepareOutput(sources);
  for (const step of [['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], ['scripts/bundle.mjs']]) {
    const result = await run(process.execPath, step, { quiet: true });
    if (result.code !== 0) throw new BootstrapError('the build failed', result.output);
  }
  // Dated from before the compiler read the sources: what was saved meanwhile counts as newer.
  writeFileSync(join(root, BUILD_STAMP), `${began}\n`);
  say(`built in ${seconds(began)}`);
}

export class BootstrapError extends Error {
  name = 'BootstrapError';

  constructor(sentence, output) {
    super(output.trim() === '' ? sentence : `${output.trimEnd()}\n${sentence}`);
  }
}

/** Runs a bootstrap step; a failure is told in plain words and ends the process. */
export async function orExit(step, code = 1) {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(code);
  }
}

/** Runs a command in the repository and resolves with its exit code; `quiet` keeps its output back. */
export function run(command, args, { quiet = false, shell = false, env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'];
    const child = spawn(command, args, { cwd: root, stdio, shell, env });
    const chunks = [];
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    child.stderr?.on('data', (chunk) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}

/** Progress goes to stderr, so that what a command prints on stdout stays its own. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

// npm writes node_modules/.package-lock.json: what is really there, in the lock's own words. A package that the lock
// marks optional may be missing, because it may be meant for another platform.
function missingPackages() {
  const wanted = packagesOf('package-lock.json');
  const present = packagesOf('node_modules/.package-lock.json');
  if (wanted === null) throw new BootstrapError('package-lock.json cannot be read', '');
  return Object.entries(wanted).filter(([path, entry]) => {
    if (path === '' || entry.link) return false;
    const found = present?.[path];
    if (found === undefined) return !entry.optional;
    return found.version !== entry.version || !existsSync(join(root, path, 'package.json'));
  });
}

function packagesOf(lock) {
  try {
    return JSON.parse(readFileSync(join(root, lock), 'utf8')).packages;
  } catch {
    return null; // not there, or cut short by an interrupted install: the same as not installed
  }
}

function isStale(sources) {
  let builtAt;
  try {
    builtAt = Number(readFileSync(join(root, BUILD_STAMP), 'utf8'));
  } catch {
    return true; // no stamp: never built, or the last build failed
  }
  const inputs = [...sources, ...BUILT_FILES];
  if (inputs.some((file) => statSync(join(root, file)).mtimeMs >= builtAt)) return true;
  return orphans(sources).length > 0 || hasLostOutput(sources);
}

function hasLostOutput(sources) {
  if (!existsSync(join(root, EXECUTABLE))) return true;
  return sources.some((file) => !existsSync(join(root, 'dist', file.replace(/ts$/, 'js'))));
}

function sourceFiles() {
  return SOURCE_ROOMS.flatMap((room) => filesUnder(room)).filter((file) => /(?<!\.d)\.ts$/.test(file));
}

// What the compiler once wrote for a source that is gone: it would be packed, and could still be imported.
function orphans(sources) {
  const expected = new Set(sources.map((file) => file.slice(0, -'.ts'.length)));
  return filesUnder('dist').filter((file) => {
    if (file.startsWith('dist/bin/')) return false; // the bundle is written anew, whole
    const output = /^dist\/(.+?)(\.d\.ts|\.js\.map|\.js)$/.exec(file);
    return output !== null && !expected.has(output[1]);
  });
}

// The compiler's memory of its last run is forgotten where that run's output is not all there any more.
function prepareOutput(sources) {
  for (const file of orphans(sources)) rmSync(join(root, file));
  rmSync(join(root, BUILD_STAMP), { force: true });
  if (hasLostOutput(sources)) rmSync(join(root, COMPILER_MEMORY), { force: true });
}

function filesUnder(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/'));
}

function seconds(began) {
  return `${((Date.now() - began) / 1000).toFixed(1)} s`;
}
