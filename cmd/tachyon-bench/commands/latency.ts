// `tachyon-bench latency`: one message at a time through an idle broker, beside the floor that disk and sockets set.

import type { Command } from 'commander';
import type { RunFigures } from '../judge.ts';
import type { DeviceFigures } from '../measure/device.ts';
import type { Percentiles } from '../measure/histogram.ts';
import { columns } from '../output/columns.ts';
import { latencyPlot } from '../output/svg/latency-plot.ts';
import { saveSvg } from '../output/svg/save.ts';
import { measureEcho } from '../processes/echo-process.ts';
import { machineLine } from '../report.ts';
import type { Mode, RunSettings } from '../settings.ts';
import { FAILED, loadOf, type SharedFlags, sharedOptions, sizeOption, withBench } from './shared.ts';

interface LatencyFlags extends SharedFlags {
  readonly payloadSize: number;
  readonly svg?: string;
}

interface Floor {
  /** To another process and back over a bare socket. */
  readonly socket: Percentiles;
  /** Of a block as large as the journal's group of one message; null where none was synced. */
  readonly device: DeviceFigures | null;
}

const ECHO_MS = 1_000;

export function addLatency(program: Command): void {
  const command = program
    .command('latency')
    .description('Publishes one message at a time: to its confirm, to its consumer, to a subscriber of fanout.')
    .option('--svg <file>', 'Draw the latencies of direct messages there.');
  sharedOptions(sizeOption(command, 100), {
    connections: 1,
    duration: '10s',
    warmUp: '1s',
    window: 1,
  }).action(async (flags: LatencyFlags) => {
    process.exitCode = await measure(flags);
  });
}

async function measure(flags: LatencyFlags): Promise<number> {
  const settings = (mode: Mode): RunSettings => ({
    ...loadOf({ ...flags, inFlight: flags.inFlight ?? flags.window * flags.connections }, flags.payloadSize),
    mode,
    topics: 1,
    rate: 0,
  });
  const [direct, fanout] = await withBench(flags, true, async (bench) => [
    await bench.measure(settings('direct-ack'), 'direct'),
    await bench.measure(settings('fanout'), 'fanout'),
  ]);
  if (direct === undefined || fanout === undefined) throw new Error('a run gave no figures');
  const floor: Floor = { socket: await measureEcho(flags.payloadSize, ECHO_MS), device: direct.device };
  const ok = direct.ok && fanout.ok;
  if (flags.json === true) process.stdout.write(`${JSON.stringify({ ok, floor, direct, fanout }, null, 2)}\n`);
  else process.stdout.write(asText(floor, direct, fanout));
  if (flags.svg !== undefined) saveSvg(flags.svg, latencyPlot(direct));
  return ok ? 0 : FAILED;
}

const HEAD = ['one message at a time, ms', 'p50', 'p99', 'p99.9', 'max'];

function asText({ socket, device }: Floor, direct: RunFigures, fanout: RunFigures): string {
  const row = (name: string, { p50Ms, p99Ms, p999Ms, maxMs }: Percentiles): string[] => [
    name,
    ...[p50Ms, p99Ms, p999Ms, maxMs].map((ms) => ms.toFixed(3)),
  ];
  const rows = [
    row(`publish to confirm (${direct.durability})`, direct.publishToConfirm),
    row('publish to consumer', direct.publishToConsumer),
    row('publish to subscriber (fanout)', fanout.publishToConsumer),
    row('bare socket, there and back', socket),
  ];
  if (device !== null) {
    rows.push([
      `fdatasync of ${device.blockBytes} B`,
      device.syncP50Ms.toFixed(3),
      device.syncP99Ms.toFixed(3),
      '',
      '',
    ]);
  }
  const faults = [...direct.faults, ...fanout.faults].map((fault) => `FAILED: ${fault}\n`).join('');
  return `${columns(HEAD, rows)}\n${overFloor({ socket, device }, direct)}${faults}Measured on ${machineLine(direct)}.\n`;
}

function overFloor({ socket, device }: Floor, direct: RunFigures): string {
  if (device === null) return '';
  const floorMs = device.syncP50Ms + socket.p50Ms;
  const times = direct.publishToConfirm.p50Ms / floorMs;
  return `A confirmed publish takes ${times.toFixed(2)} times a sync and a round trip (${floorMs.toFixed(3)} ms).\n`;
}
