// `tachyon-bench step-load`: a rate that rises in steps, each an open loop, until one is not kept.

import type { Command } from 'commander';
import { judgeStep, keptUpTo, ratesOf, type Step } from '../measure/step-verdict.ts';
import { columns } from '../output/columns.ts';
import { saveSvg } from '../output/svg/save.ts';
import { stepPlot } from '../output/svg/step-plot.ts';
import { machineLine } from '../report.ts';
import { SettingsFault } from '../settings.ts';
import { truth, whole } from './flags.ts';
import { DEFAULTS, FAILED, loadOf, type SharedFlags, sharedOptions, sizeOption, withBench } from './shared.ts';

interface StepFlags extends SharedFlags {
  readonly startRate: number;
  readonly step: number;
  readonly maxRate: number;
  readonly payloadSize: number;
  readonly compress: boolean;
  readonly p99Max: number;
  readonly svg?: string;
}

const STEPS_MAX = 1_000;

export function addStepLoad(program: Command): void {
  const command = program
    .command('step-load')
    .description('Raises the rate in steps until the broker does not keep up.')
    .option('--start-rate <count>', 'Messages per second of the first step.', whole, 1_000)
    .option('--step <count>', 'By so much the rate rises.', whole, 1_000)
    .option('--max-rate <count>', 'Messages per second of the last step.', whole, 10_000)
    .option('--compress [yes]', 'Producers compress, consumers decompress.', truth, false)
    .option('--p99-max <ms>', 'A step is not kept when its p99 to the consumer is longer; 0: however long.', whole, 0)
    .option('--svg <file>', 'Draw throughput against latency there.');
  sharedOptions(sizeOption(command, 64 * 1024), { ...DEFAULTS, connections: 4, duration: '10s', warmUp: '1s' }).action(
    async (flags: StepFlags) => {
      process.exitCode = await measure(flags);
    },
  );
}

async function measure(flags: StepFlags): Promise<number> {
  const { startRate, step, maxRate, json, svg } = flags;
  if (startRate < 1 || step < 1 || maxRate < startRate)
    throw new SettingsFault('step-load needs 1 <= --start-rate <= --max-rate, and a --step from 1');
  const rates = ratesOf(startRate, step, maxRate);
  if (rates.length > STEPS_MAX) throw new SettingsFault(`these are ${rates.length} steps, and ${STEPS_MAX} the most`);
  const steps = await withBench({ ...flags, device: false }, false, async (bench) => {
    const taken: Step[] = [];
    for (const rate of rates) {
      const settings = { ...loadOf(flags, flags.payloadSize), ...load(flags), rate, inFlight: flags.inFlight ?? 0 };
      const figures = await bench.measure(settings, `${rate} msg/s`);
      taken.push(judgeStep(rate, figures, flags.p99Max === 0 ? Number.POSITIVE_INFINITY : flags.p99Max));
      if (taken.at(-1)?.kept === false) break;
    }
    return taken;
  });
  const keptRate = keptUpTo(steps);
  const machine = machineLine(steps[0]?.figures as Step['figures']);
  if (json === true) process.stdout.write(`${JSON.stringify({ ok: keptRate > 0, keptRate, steps }, null, 2)}\n`);
  else process.stdout.write(`${table(steps)}\n${verdict(steps, keptRate)}\nMeasured on ${machine}.\n`);
  if (svg !== undefined) saveSvg(svg, stepPlot(steps));
  return keptRate > 0 ? 0 : FAILED;
}

const load = ({ compress }: StepFlags) => ({ mode: 'direct-ack', topics: 1, compress }) as const;

const HEAD = ['due msg/s', 'consumed msg/s', 'MB/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'CPU %', 'kept'];

function table(steps: readonly Step[]): string {
  const rows = steps.map(({ rate, kept, figures }) => {
    const { p50Ms, p99Ms, p999Ms } = figures.latency.consumer;
    return [
      String(rate),
      String(figures.messagesPerSecond),
      String(figures.megabytesPerSecond),
      ...[p50Ms, p99Ms, p999Ms].map((ms) => ms.toFixed(2)),
      figures.cpuPercent.toFixed(0),
      kept ? 'yes' : 'no',
    ];
  });
  return columns(HEAD, rows);
}

function verdict(steps: readonly Step[], keptRate: number): string {
  const last = steps.at(-1);
  if (last?.kept === true) return `Kept up to ${keptRate} msg/s, the last step.`;
  const until = keptRate === 0 ? 'No step was kept' : `Kept up to ${keptRate} msg/s`;
  return `${until}. At ${last?.rate} msg/s: ${last?.why}.`;
}
