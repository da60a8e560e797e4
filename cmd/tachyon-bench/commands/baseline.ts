// `tachyon-bench baseline`: large bodies, 64 KB, 1 MB and 8 MB, as fast as they go.

import type { Command } from 'commander';
import type { RunFigures } from '../judge.ts';
import { columns } from '../output/columns.ts';
import { machineLine } from '../report.ts';
import { truth } from './flags.ts';
import { DEFAULTS, FAILED, loadOf, type SharedFlags, sharedOptions, withBench } from './shared.ts';

interface BaselineFlags extends SharedFlags {
  readonly compress: boolean;
}

const SIZES: readonly (readonly [string, number])[] = [
  ['64 KB', 64 * 1024],
  ['1 MB', 1024 ** 2],
  ['8 MB', 8 * 1024 ** 2],
];

export function addBaseline(program: Command): void {
  const command = program
    .command('baseline')
    .description('Measures bodies of 64 KB, 1 MB and 8 MB, each on a broker of its own.')
    .option('--compress [yes]', 'Producers compress, consumers decompress.', truth, false);
  sharedOptions(command, { ...DEFAULTS, connections: 1, duration: '10s' }).action(async (flags: BaselineFlags) => {
    process.exitCode = await measure(flags);
  });
}

async function measure(flags: BaselineFlags): Promise<number> {
  const measured = await withBench(flags, true, async (bench) => {
    const runs: RunFigures[] = [];
    for (const [name, bytes] of SIZES) {
      const { compress } = flags;
      const settings = { ...loadOf(flags, bytes), mode: 'direct-ack', topics: 1, rate: 0, compress } as const;
      runs.push(await bench.measure(settings, name));
    }
    return runs;
  });
  const ok = measured.every((figures) => figures.ok);
  if (flags.json === true) process.stdout.write(`${JSON.stringify(measured, null, 2)}\n`);
  else {
    process.stdout.write(`${table(measured)}\nMeasured on ${machineLine(measured[0] as RunFigures)}.\n`);
    for (const { faults } of measured) for (const fault of faults) process.stdout.write(`FAILED: ${fault}\n`);
  }
  return ok ? 0 : FAILED;
}

const HEAD = ['body', 'msg/s', 'MB/s', 'of the device', 'p50 ms', 'p99 ms', 'CPU ms per message', 'broker peak MiB'];

function table(measured: readonly RunFigures[]): string {
  const rows = measured.map((figures, at) => {
    const { p50Ms, p99Ms } = figures.latency.consumer;
    const { broker, producer, consumer } = figures.cpuMicrosPerMessage;
    const peak = figures.rssBytes.brokerPeak;
    return [
      SIZES[at]?.[0] ?? '',
      String(figures.messagesPerSecond),
      String(figures.megabytesPerSecond),
      figures.device === null ? '' : `${Math.round(figures.device.share * 100)} %`,
      p50Ms.toFixed(2),
      p99Ms.toFixed(2),
      (((broker ?? 0) + producer + consumer) / 1e3).toFixed(2),
      peak === null ? '' : String(Math.round(peak / 1024 ** 2)),
    ];
  });
  return columns(HEAD, rows);
}
