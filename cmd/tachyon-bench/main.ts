#!/usr/bin/env node
// `tachyon-bench`: measures a broker from outside, with producers and consumers in processes of their own.

import { Command } from 'commander';
import { VERSION } from '../../pkg/protocol/version.ts';
import { addBaseline } from './commands/baseline.ts';
import { addHarness } from './commands/harness.ts';
import { addLatency } from './commands/latency.ts';
import { addMatrix } from './commands/matrix.ts';
import { addRun } from './commands/run.ts';
import { FAILED } from './commands/shared.ts';
import { addSoak } from './commands/soak.ts';
import { addStepLoad } from './commands/step-load.ts';
import { addPeers } from './peers/command.ts';
import { SettingsFault } from './settings.ts';
import { runEcho } from './work/echo.ts';
import { runWorker } from './work/main.ts';

const USAGE = 2;

const program = new Command('tachyon-bench').description('Measures a broker.').version(VERSION);
program.configureHelp({ showGlobalOptions: false });

addRun(program);
addHarness(program);
addMatrix(program);
addStepLoad(program);
addBaseline(program);
addLatency(program);
addSoak(program);
addPeers(program);

program.command('worker', { hidden: true }).action(runWorker);
program.command('echo', { hidden: true }).action(runEcho);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`tachyon-bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof SettingsFault ? USAGE : FAILED;
}
