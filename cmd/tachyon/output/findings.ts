// Findings as lines for people: how it is, what was looked at, what was seen; and below what is not well the next step.

import type { Finding } from '../doctor/finding.ts';
import { safe } from './cell.ts';
import { type OutputFormat, printDocument } from './format.ts';
import { palette } from './palette.ts';
import { print } from './print.ts';

const STATE_WIDTH = 4;
const CHECK_WIDTH = 12;

export const printFindings = async (findings: readonly Finding[], output: OutputFormat): Promise<void> =>
  output === 'table' ? print(findings.map(lineOf).join('')) : printDocument(findings, output);

function lineOf({ check, state, detail, next }: Finding): string {
  const { green, yellow, red, dim } = palette();
  const mark = { ok: green, warn: yellow, fail: red }[state](state.padEnd(STATE_WIDTH));
  const indent = ' '.repeat(STATE_WIDTH + CHECK_WIDTH + 4);
  const advice = next === '' ? '' : `${indent}${dim('next:')} ${safe(next)}\n`;
  return `${mark}  ${check.padEnd(CHECK_WIDTH)}  ${safe(detail)}\n${advice}`;
}
