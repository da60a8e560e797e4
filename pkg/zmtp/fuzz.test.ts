// Ten thousand cases of the seeded fuzz; `scripts/fuzz/zmtp.ts` runs as many as one likes. A throw that nobody catches
// fails the run by itself.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fuzz } from './testing/fuzz.ts';

it('ten thousand peers of no good crash nothing, hang nowhere, leave nothing, and disturb no good peer', {
  timeout: 120_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zmtp-'));
  try {
    const path = join(folder, 'f');
    // The first run warms up; what the second adds is growth.
    await fuzz({ cases: 2_000, seed: 1, path });
    const before = process.memoryUsage.rss();
    const report = await fuzz({ cases: 8_000, seed: 37, path });
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024);
    // A fuzz that reached nothing would find nothing.
    expect(report.connected).toBeGreaterThan(1_000);
    expect(report.messages).toBeGreaterThan(1_000);
    const often = Object.keys(report.ends).filter((code) => report.ends[code]! >= 10);
    expect(often).toEqual(
      expect.arrayContaining([
        'BAD_GREETING',
        'UNSUPPORTED_VERSION',
        'MECHANISM_MISMATCH',
        'BAD_HANDSHAKE',
        'AUTHENTICATION_FAILED',
        'INCOMPATIBLE_SOCKET',
        'REFUSED_BY_PEER',
        'BAD_FRAME',
        'BAD_COMMAND',
        'MESSAGE_TOO_LONG',
        'COMMAND_TOO_LONG',
        'CLOSED_BY_PEER',
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
