// Latency by percentile: the further to the right, the rarer. Each nine has the same width, so that the tail is seen.

import type { RunFigures } from '../../judge.ts';
import type { CurvePoint } from '../../measure/latency.ts';
import { machineLine } from '../../report.ts';
import { workloadOf } from '../../settings.ts';
import { logAxis, msLabel } from './axes.ts';
import { type Axis, COLOURS, chartSvg, type Series } from './chart.ts';

const TICKS = [
  ['0 %', 0],
  ['50 %', 0.5],
  ['90 %', 0.9],
  ['99 %', 0.99],
  ['99.9 %', 0.999],
  ['99.99 %', 0.9999],
  ['99.999 %', 0.99999],
  ['99.9999 %', 0.999999],
] as const;

const nines = (share: number): number => -Math.log10(1 - share);

export function latencyPlot(figures: RunFigures): string {
  const { curve, settings } = figures;
  const { mode, payloadSize, producers, rate, compress } = workloadOf(settings);
  const series = [
    lineOf('publish to confirm', curve.confirm, COLOURS.blue),
    lineOf('publish to consumer', curve.consumer, COLOURS.orange),
  ];
  const points = series.flatMap((each) => each.points);
  const load = rate === 0 ? 'as fast as it goes' : `${rate.toLocaleString('en-US')} msg/s due`;
  return chartSvg({
    title: `Latency by percentile: ${mode}, ${payloadSize.toLocaleString('en-US')} B`,
    subtitle: `${figures.messagesPerSecond.toLocaleString('en-US')} msg/s, ${load}, ${producers} connection${producers === 1 ? '' : 's'}${compress ? ', compressed' : ''}, ${figures.durability}`,
    footer: machineLine(figures),
    x: ninesAxis(Math.max(1, ...points.map(({ x }) => x))),
    y: logAxis(
      'latency',
      points.map((point) => point.y),
      msLabel,
    ),
    series,
  });
}

function ninesAxis(to: number): Axis {
  const ticks = TICKS.map(([label, share]) => ({ at: nines(share), label })).filter(({ at }) => at <= to + 1e-9);
  return { title: 'share of the messages that took no longer', ticks, from: 0, to, scale: 'linear' };
}

const lineOf = (name: string, curve: readonly CurvePoint[], colour: string): Series => ({
  name,
  colour,
  points: curve.filter(({ ms }) => ms > 0).map(({ share, ms }) => ({ x: nines(share), y: ms })),
});
