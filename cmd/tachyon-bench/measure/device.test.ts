// The disk is measured in whole blocks, and nothing is left of it.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { measureDevice } from './device.ts';

it('a measured folder tells syncs and bytes that belong together, and is empty afterwards', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tachyon-device-'));
  try {
    const { blockBytes, bytesPerSecond, syncsPerSecond, syncP50Ms, syncP99Ms } = measureDevice(folder, 4_096.4, 30);
    expect(blockBytes).toBe(4_096);
    expect(bytesPerSecond / blockBytes / syncsPerSecond).toBeCloseTo(1, 1);
    expect(syncP50Ms).toBeGreaterThan(0);
    expect(syncP99Ms).toBeGreaterThanOrEqual(syncP50Ms);
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
