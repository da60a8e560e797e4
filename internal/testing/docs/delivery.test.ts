// docs/delivery.md: its figures are the code's, and every code and setting that it names exists.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isErrorCode } from '../../../pkg/protocol/errors.ts';
import { SETTINGS } from '../../app/config/settings.ts';
import { FAILURE_CAUSES } from '../../domain/failure-cause.ts';
import {
  DELIVERY_BATCH_MAX,
  DELIVERY_ID_BLOCK,
  DELIVERY_QUANTUM,
  EXPIRY_BATCH_MAX,
  SETTLEMENT_BYTES,
  SUBSCRIPTIONS_MAX,
} from '../../domain/limits.ts';
import { ATTEMPTS_MAX, POLICY_MS_MAX, RETURNS_MAX } from '../../domain/queue-policy.ts';
import { SEQUENCE_WINDOW } from '../../domain/sequence-window.ts';
import { root } from '../tidy/repository.ts';

const page = readFileSync(join(root, 'docs/delivery.md'), 'utf8');

const FIGURES: Readonly<Record<string, number>> = {
  DELIVERY_ID_BLOCK,
  DELIVERY_BATCH_MAX,
  DELIVERY_QUANTUM,
  SETTLEMENT_BYTES,
  EXPIRY_BATCH_MAX,
  SUBSCRIPTIONS_MAX,
  SEQUENCE_WINDOW,
  ATTEMPTS_MAX,
  RETURNS_MAX,
  POLICY_MS_MAX,
};

describe('docs/delivery.md', () => {
  it('prints the figures that the code has', () => {
    const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| ([\d,]+) \|/gm)];
    const printed = Object.fromEntries(
      rows.map(([, name = '', value = '']) => [name, Number(value.replaceAll(',', ''))]),
    );
    expect(printed).toEqual(FIGURES);
  });

  it('names codes and settings that exist', () => {
    const settings = new Set(SETTINGS.map(({ env }) => env));
    const named = [...new Set([...page.matchAll(/`([A-Z][A-Z_]+)(?:=\w+)?`/g)].map(([, name = '']) => name))];
    expect(named.length).toBeGreaterThan(25);
    expect(named.filter((name) => !isErrorCode(name) && !settings.has(name) && !(name in FIGURES))).toEqual([]);
  });

  it('names a cause for each way into the dead letters', () => {
    const all: readonly string[] = FAILURE_CAUSES;
    const sentence = /\bCauses: ([^.]+)\./.exec(page)?.[1] ?? '';
    const named = [...sentence.matchAll(/`(\w+)`/g)].map(([, cause]) => cause ?? '');
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((cause) => !all.includes(cause))).toEqual([]);
  });
});
