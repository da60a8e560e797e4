// The table of recovery cases has one row for everything that can be seen, and a folder for each row leads to it.

import { expect, test } from 'vitest';
import { TachyonError } from '../../../../pkg/protocol/errors.ts';
import { JournalWorld } from '../../../testing/journal/journal-world.ts';
import { SimDisk } from '../../../testing/sim/sim-disk.ts';
import { decodeGroupHeader, encodeGroupHeader, type GroupHeader } from '../format/group-header.ts';
import { type Decoded, SECTOR_BYTES, segmentName } from '../format/layout.ts';
import { decodeFooter, decodeSegmentHeader, decodeTrailer, encodeFooter } from '../format/segment-frame.ts';
import { judge, RECOVERY_CASES } from './recovery-cases.ts';

test('every sight has exactly one row', () => {
  for (const covered of [false, true]) {
    for (const sight of ['blank', 'bad'] as const) {
      for (const remains of [false, true]) {
        const rows = RECOVERY_CASES.filter(
          (row) => row.sight === sight && row.remains === remains && row.covered === covered,
        );
        expect(rows).toHaveLength(1);
        expect(judge({ sight, remains, covered })).toBe(rows[0]);
      }
    }
    expect(RECOVERY_CASES.filter((row) => row.sight === 'footer' && row.covered === covered)).toHaveLength(1);
  }
  expect(RECOVERY_CASES).toHaveLength(10);
});

test('what is at or below the mark is never cut off, what is above it never refused', () => {
  for (const row of RECOVERY_CASES) expect(row.verdict === 'corrupt').toBe(row.covered);
});

const SEGMENT_BYTES = 8192;
const GARBAGE = 0xee;
const FAR_MARK = 1000;

/** The first segment: its header in sector 0, groups 1 to 4 in sectors 1 to 4. */
function fourGroups(): Uint8Array {
  const world = new JournalWorld({ segmentBytes: SEGMENT_BYTES });
  world.recover();
  for (let turn = 0; turn < 4; turn += 1) {
    world.append([[100]]);
    world.settle(0);
  }
  return world.disk.snapshot().get(segmentName(1)) as Uint8Array;
}

/** A first segment that is sealed, with nothing behind it yet. */
function sealed(): Uint8Array {
  const world = new JournalWorld({ segmentBytes: SEGMENT_BYTES });
  world.recover();
  while (world.journal.stats.segments < 3) {
    world.append([[2000]]);
    world.settle();
  }
  return world.disk.snapshot().get(segmentName(1)) as Uint8Array;
}

const fill = (bytes: Uint8Array, sector: number, value: number): Uint8Array =>
  bytes.fill(value, sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);

function whole<Value>(decoded: Decoded<Value>): Value {
  if (decoded.type !== 'ok') throw new Error(`expected something whole, found ${decoded.type}`);
  return decoded.value;
}

const saltOf = (bytes: Uint8Array): number => whole(decodeSegmentHeader(bytes, 1)).salt;

/** The group in `sector` as if it had been written when far more was durable. */
function withFarMark(bytes: Uint8Array, sector: number): Uint8Array {
  const group = bytes.subarray(sector * SECTOR_BYTES);
  const header: GroupHeader = whole(decodeGroupHeader(group, 1, saltOf(bytes)));
  encodeGroupHeader(group, { ...header, durableMark: FAR_MARK }, saltOf(bytes));
  return bytes;
}

function withFarMarkInFooter(bytes: Uint8Array): Uint8Array {
  const salt = saltOf(bytes);
  const at = whole(decodeTrailer(bytes.subarray(SEGMENT_BYTES - SECTOR_BYTES), 1, salt));
  const footer = whole(decodeFooter(bytes.subarray(at), 1, salt));
  bytes.set(encodeFooter({ ...footer, durableMark: FAR_MARK }, salt), at);
  return bytes;
}

/** A folder per row of the table. In the last segment, a mark beyond the end needs a hand: no writer leaves one. */
const FOLDERS: Readonly<Record<string, () => Uint8Array>> = {
  'the zeros begin behind the last group': fourGroups,
  'a durable group is zeroed, nothing follows': () => withFarMark(fourGroups(), 4),
  'an unsynced group is missing, later ones came': () => fill(fill(fourGroups(), 4, 0), 6, GARBAGE),
  'a durable group is zeroed, others follow': () => fill(fourGroups(), 2, 0),
  'a whole footer closes the segment': sealed,
  'sealed, and later durable groups are missing': () => withFarMarkInFooter(sealed()),
  'the last write was torn': () => fill(fourGroups(), 4, GARBAGE),
  'a durable group is damaged, nothing follows': () => fill(withFarMark(fourGroups(), 3), 4, GARBAGE),
  'torn writes, some whole behind bad ones': () => fill(fill(fourGroups(), 4, GARBAGE), 9, GARBAGE),
  'a durable group is damaged, others follow': () => fill(fourGroups(), 2, GARBAGE),
};

test.each(RECOVERY_CASES)('$label: $verdict', ({ label, verdict }) => {
  const folder = new Map([[segmentName(1), (FOLDERS[label] as () => Uint8Array)()]]);
  const world = new JournalWorld({ segmentBytes: SEGMENT_BYTES, disk: SimDisk.fromSnapshot(folder) });
  if (verdict === 'corrupt') {
    expect(() => world.open()).toThrow(TachyonError);
    expect(() => world.open()).toThrow(label);
    expect(world.disk.operations, 'nothing is changed').toBe(0);
    return;
  }
  expect(world.open().ending).toBe(label);
  world.start();
  world.settle();
  world.kill();
  const again = world.open();
  expect(again.torn, 'the end is clean after one start').toBe(false);
});
