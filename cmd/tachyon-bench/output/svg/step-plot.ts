// Throughput against latency: each step a point, hollow where the broker did not keep up.

import type { Step } from '../../measure/step-verdict.ts';
import { machineLine } from '../../report.ts';
import { workloadOf } from '../../settings.ts';
import { countLabel, linearAxis, logAxis, msLabel } from './axes.ts';
import { COLOURS, chartSvg, type Series } from './chart.ts';

export function stepPlot(steps: readonly Step[]): string {
  const first = steps[0];
  if (first === undefined) throw new RangeError('no step to draw');
  const { payloadSize, producers, durationMs } = workloadOf(first.figures.settings);
  const lineOf = (name: string, colour: string, ms: (step: Step) => number): Series => ({
    name,
    colour,
    marks: true,
    points: steps.map((step) => ({ x: step.figures.messagesPerSecond, y: ms(step), hollow: !step.kept })),
  });
  const series = [
    lineOf('p50', COLOURS.green, ({ figures }) => figures.latency.consumer.p50Ms),
    lineOf('p99', COLOURS.blue, ({ figures }) => figures.latency.consumer.p99Ms),
    lineOf('p99.9', COLOURS.violet, ({ figures }) => figures.latency.consumer.p999Ms),
  ];
  const points = series.flatMap((each) => each.points);
  return chartSvg({
    title: `Throughput against latency: ${payloadSize.toLocaleString('en-US')} B`,
    subtitle: `publish to consumer, open loop, ${producers} connection${producers === 1 ? '' : 's'}, ${durationMs / 1e3} s a step; hollow: not kept`,
    footer: machineLine(first.figures),
    x: linearAxis('messages consumed per second', Math.max(...points.map(({ x }) => x)), countLabel),
    y: logAxis(
      'latency',
      points.map((point) => point.y),
      msLabel,
    ),
    series,
  });
}
