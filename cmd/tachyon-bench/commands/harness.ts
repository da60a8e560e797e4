// `tachyon-bench harness`: one mode, one size, for a time.

import { type Command, Option } from 'commander';
import type { RunFigures } from '../judge.ts';
import { asDetails } from '../output/details.ts';
import { latencyPlot } from '../output/svg/latency-plot.ts';
import { saveSvg } from '../output/svg/save.ts';
import { checkMode, MODES, type RunSettings } from '../settings.ts';
import { classBytes, PAYLOAD_CLASSES } from './classes.ts';
import { truth, whole } from './flags.ts';
import { DEFAULTS, FAILED, loadOf, type SharedFlags, sharedOptions, sizeOption, withBench } from './shared.ts';

export interface HarnessFlags extends SharedFlags {
  readonly mode: string;
  readonly payloadClass: string;
  readonly payloadSize?: number;
  readonly compress: boolean;
  readonly rate: number;
  readonly fanoutSubs: number;
  readonly mixedTopics: number;
  readonly svg?: string;
}

/** What "allocations" are, where Node has no count of them. */
export const ALLOCATIONS = `
Allocations: V8 does not count objects, so allocs_per_op is the bytes of JavaScript
heap that were allocated for each delivered message, over all three processes: what
collections freed and what the heaps grew by. Buffers lie outside of the heap.`;

export function addHarness(program: Command): void {
  const command = program.command('harness').description('Measures one mode and size of body for a time.');
  harnessOptions(command)
    .option('--svg <file>', 'Draw the latencies there.')
    .addHelpText('after', ALLOCATIONS)
    .action(async (flags: HarnessFlags) => {
      const figures = await withBench(flags, true, (bench) => bench.measure(harnessSettings(flags), flags.mode));
      print(figures, flags);
      process.exitCode = figures.ok ? 0 : FAILED;
    });
}

export function harnessOptions(command: Command): Command {
  command
    .option('--mode <mode>', `What is measured: ${MODES.join(', ')}.`, 'direct-ack')
    .addOption(
      new Option('--payload-class <class>', 'Size of a body: small 512 B, medium 4 KB, large 64 KB.')
        .choices(Object.keys(PAYLOAD_CLASSES))
        .default('small'),
    )
    .option('--compress [yes]', 'Producers compress with LZ4, consumers decompress.', truth, true)
    .option('--rate <count>', 'Messages per second that are due, whatever comes; 0: as fast as it goes.', whole, 0)
    .option('--fanout-subs <count>', 'Subscribers, in fanout.', whole, 4)
    .option('--mixed-topics <count>', 'Topics, in mixed: 70 % of the messages go to the first.', whole, 6);
  return sharedOptions(sizeOption(command), DEFAULTS);
}

export function harnessSettings(flags: HarnessFlags): RunSettings {
  const mode = checkMode(flags.mode);
  const subscribers = mode === 'fanout' ? flags.fanoutSubs : 1;
  return {
    ...loadOf(flags, flags.payloadSize ?? classBytes(flags.payloadClass), subscribers),
    mode,
    compress: flags.compress,
    topics: mode === 'mixed' ? flags.mixedTopics : 1,
    subscribers,
    rate: flags.rate,
  };
}

function print(figures: RunFigures, { json, svg }: HarnessFlags): void {
  process.stdout.write(json === true ? `${JSON.stringify(figures, null, 2)}\n` : asDetails(figures));
  if (svg !== undefined) saveSvg(svg, latencyPlot(figures));
}
