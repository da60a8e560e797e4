// `tachyon-bench matrix`: every mode, class and compression in turn, each on a broker of its own, as lines of CSV.

import type { Command } from 'commander';
import type { RunFigures } from '../judge.ts';
import { CSV_HEAD, csvRow } from '../output/csv.ts';
import { machineLine } from '../report.ts';
import { MODES } from '../settings.ts';
import { PAYLOAD_CLASSES, type PayloadClass } from './classes.ts';
import { ALLOCATIONS, type HarnessFlags, harnessOptions, harnessSettings } from './harness.ts';
import { FAILED, withBench } from './shared.ts';

/** In the order of the rows. */
export function matrixRows(): readonly Pick<HarnessFlags, 'mode' | 'payloadClass' | 'compress'>[] {
  const classes = Object.keys(PAYLOAD_CLASSES);
  return MODES.flatMap((mode) =>
    classes.flatMap((payloadClass) => [false, true].map((compress) => ({ mode, payloadClass, compress }))),
  );
}

export function addMatrix(program: Command): void {
  const command = program.command('matrix').description('Measures all modes, sizes and compressions: 18 lines of CSV.');
  harnessOptions(command)
    .addHelpText('after', ALLOCATIONS)
    .action(async (flags: HarnessFlags) => {
      process.exitCode = await measure(flags);
    });
}

async function measure(flags: HarnessFlags): Promise<number> {
  const measured: RunFigures[] = [];
  if (flags.json !== true) process.stdout.write(`${CSV_HEAD}\n`);
  await withBench({ ...flags, device: false }, true, async (bench) => {
    for (const row of matrixRows()) {
      const settings = harnessSettings({ ...flags, ...row });
      const figures = await bench.measure(settings, `${row.mode} ${row.payloadClass} compress=${row.compress}`);
      measured.push(figures);
      if (flags.json !== true) process.stdout.write(`${csvRow(row.payloadClass as PayloadClass, figures)}\n`);
      for (const fault of figures.faults) process.stderr.write(`FAILED: ${row.mode} ${row.payloadClass}: ${fault}\n`);
    }
  });
  if (flags.json === true) process.stdout.write(`${JSON.stringify(measured, null, 2)}\n`);
  else process.stderr.write(`Measured on ${machineLine(measured[0] as RunFigures)}.\n`);
  return measured.every(({ ok }) => ok) ? 0 : FAILED;
}
