// A journal that was cut, torn, zeroed or flipped, at every byte. A torn tail loses nothing that was known durable;
// everything else is refused with file and offset, and nothing is changed. Never are wrong bytes handed out.

import { deepStrictEqual } from 'node:assert';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { asPosition } from '../../domain/ids.ts';
import { JournalWorld } from '../../testing/journal/journal-world.ts';
import { SimDisk } from '../../testing/sim/sim-disk.ts';
import { segmentName } from './format/layout.ts';
import { openJournal } from './open-journal.ts';

type Folder = ReadonlyMap<string, Uint8Array>;

const SEGMENT_BYTES = 8192;
const FIRST = segmentName(1);

interface Recorded {
  readonly world: JournalWorld;
  readonly folder: Folder;
}

/** `turns` groups, each durable before the next; at the end the journal has been idle, so the last mark is on disk. */
function recorded(turns: number): Recorded {
  const world = new JournalWorld({ segmentBytes: SEGMENT_BYTES });
  world.recover();
  for (let turn = 0; turn < turns; turn += 1) {
    world.append([[40, 100 + turn]]);
    world.settle(0);
  }
  world.settle();
  return { world, folder: world.disk.snapshot() };
}

const changed = (folder: Folder, name: string, change: (bytes: Uint8Array) => Uint8Array): Folder => {
  const bytes = folder.get(name);
  if (bytes === undefined) throw new Error(`there is no ${name}`);
  return new Map([...folder, [name, change(bytes.slice())]]);
};

const snapshotOf = (disk: SimDisk): Folder => disk.snapshot();

/** Opens the folder with the book of the journal it was. Gives the last position, or the code of the refusal. */
function outcome({ world }: Recorded, folder: Folder): { readonly last: number; readonly error: TachyonError | null } {
  const again = new JournalWorld({ segmentBytes: SEGMENT_BYTES, disk: SimDisk.fromSnapshot(folder) });
  for (const [position, group] of world.book) again.book.set(position, group);
  try {
    again.recover();
    const last = again.journal.durable;
    again.verifyBodies();
    return { last, error: null };
  } catch (error) {
    if (!(error instanceof TachyonError)) throw error;
    deepStrictEqual(snapshotOf(again.disk), folder, 'a refused journal is left as it was');
    return { last: 0, error };
  }
}

test('cut at any byte, the journal is refused: a prepared file never gets shorter', () => {
  const journal = recorded(4);
  for (let size = 0; size < SEGMENT_BYTES; size += 1) {
    const { error } = outcome(
      journal,
      changed(journal.folder, FIRST, (bytes) => bytes.slice(0, size)),
    );
    expect(error?.code, `cut at ${size}`).toBe('CORRUPT_JOURNAL');
    expect(error?.detail).toContain(FIRST);
  }
});

test('torn at any byte, everything before the torn group is there', () => {
  const journal = recorded(4);
  const groups = journal.world.book.size;
  // Four groups and the mark, a sector each.
  for (let from = 512; from < 512 * 7; from += 1) {
    const torn = changed(journal.folder, FIRST, (bytes) => bytes.fill(0, from));
    const { last, error } = outcome(journal, torn);
    expect(error, `torn at ${from}`).toBeNull();
    // A group whose own bytes end before the tear is whole, though its padding is gone.
    expect(last).toBeGreaterThanOrEqual(Math.min(Math.floor((from - 512) / 512), groups + 1));
    expect(last).toBeLessThanOrEqual(Math.ceil((from - 512) / 512));
  }
});

test('a torn tail of garbage is cut off like one of zeros', () => {
  const journal = recorded(4);
  for (let sector = 1; sector < 8; sector += 1) {
    const torn = changed(journal.folder, FIRST, (bytes) => {
      for (let i = sector * 512; i < bytes.length; i += 1) bytes[i] = (i * 7 + 13) & 0xff;
      return bytes;
    });
    const { last, error } = outcome(journal, torn);
    expect(error).toBeNull();
    expect(last).toBe(Math.min(sector - 1, journal.world.book.size + 1));
  }
});

test('a durable group that is zeroed while later ones stand is damage, not a torn tail', () => {
  const journal = recorded(4);
  for (let sector = 1; sector <= 4; sector += 1) {
    const holed = changed(journal.folder, FIRST, (bytes) => bytes.fill(0, sector * 512, sector * 512 + 512));
    const { error } = outcome(journal, holed);
    expect(error?.code).toBe('CORRUPT_JOURNAL');
    expect(error?.detail).toContain(`${FIRST}, byte ${sector * 512}`);
  }
});

test('a flipped bit anywhere is found, or hits padding; wrong bytes are never handed out', () => {
  const journal = recorded(4);
  const counts = { refused: 0, harmless: 0, markLost: 0 };
  for (let at = 0; at < SEGMENT_BYTES; at += 1) {
    const flipped = changed(journal.folder, FIRST, (bytes) => {
      bytes[at] = (bytes[at] as number) ^ (1 << ((at * 5) & 7));
      return bytes;
    });
    const { last, error } = outcome(journal, flipped);
    if (error !== null) {
      expect(error.code, `byte ${at}`).toBe('CORRUPT_JOURNAL');
      counts.refused += 1;
    } else if (last === journal.world.book.size) {
      // The last group is the mark alone: above the highest mark there is only it.
      counts.markLost += 1;
    } else {
      expect(last).toBe(journal.world.book.size + 1);
      counts.harmless += 1;
    }
  }
  expect(counts.refused).toBeGreaterThan(500);
  // Header and trailing bytes of the mark's own sector, no more.
  expect(counts.markLost).toBeGreaterThan(30);
  expect(counts.markLost).toBeLessThan(100);
  expect(counts.harmless).toBeGreaterThan(1000);
});

describe('segments behind the first', () => {
  const journal = recorded(30);
  const names = [...journal.folder.keys()].sort();

  test('the journal has several', () => {
    expect(names.length).toBeGreaterThan(3);
  });

  test('a flipped bit anywhere in a sealed segment is found when it is opened or read, or is harmless', () => {
    let refused = 0;
    for (let at = 0; at < SEGMENT_BYTES; at += 3) {
      const flipped = changed(journal.folder, names[1] as string, (bytes) => {
        bytes[at] = (bytes[at] as number) ^ (1 << (at & 7));
        return bytes;
      });
      const again = new JournalWorld({ segmentBytes: SEGMENT_BYTES, disk: SimDisk.fromSnapshot(flipped) });
      for (const [position, group] of journal.world.book) again.book.set(position, group);
      try {
        again.recover();
        again.verifyBodies();
      } catch (error) {
        if (!(error instanceof TachyonError)) throw error;
        expect(error.code).toMatch(/CORRUPT_JOURNAL|FORMAT_TOO_NEW/);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(500);
  });

  test('a damaged footer is made good by walking the groups', () => {
    for (const name of names.slice(0, -2)) {
      const damaged = changed(journal.folder, name, (bytes) => bytes.fill(0, SEGMENT_BYTES - 512));
      const { last, error } = outcome(journal, damaged);
      expect(error).toBeNull();
      expect(last).toBeGreaterThanOrEqual(journal.world.book.size);
    }
  });

  test('a missing segment in the middle is damage', () => {
    const holed = new Map(journal.folder);
    holed.delete(names[1] as string);
    expect(outcome(journal, holed).error?.detail).toContain(`${names[1]} is missing in the data folder`);
  });

  test('a missing segment at the old end is noticed by whoever knows how far back the journal must reach', () => {
    const trimmed = new Map(journal.folder);
    trimmed.delete(names[0] as string);
    const world = new JournalWorld({ segmentBytes: SEGMENT_BYTES, disk: SimDisk.fromSnapshot(trimmed) });
    const refusal = `CORRUPT_JOURNAL: ${names[0]} is missing in the data folder: there is no checkpoint`;
    expect(() => world.open().replay(asPosition(0), () => undefined)).toThrow(refusal);
    expect(() => world.open().replay(asPosition(1), () => undefined)).toThrow(/is missing .* the checkpoint is of/);
  });

  test('the only segment that held anything is missed by its name, though the spare behind it is sound', () => {
    const { folder } = recorded(2);
    const spare = new Map(folder);
    spare.delete(FIRST);
    expect([...spare.keys()]).toEqual([segmentName(2)]);
    const world = new JournalWorld({ segmentBytes: SEGMENT_BYTES, disk: SimDisk.fromSnapshot(spare) });
    expect(() => world.open()).toThrow(`CORRUPT_JOURNAL: ${FIRST} is missing in the data folder`);
  });

  test('with the folder in hand, a refusal names that too, and what to do', () => {
    const trimmed = new Map(journal.folder);
    trimmed.delete(names[0] as string);
    const world = new JournalWorld({ segmentBytes: SEGMENT_BYTES, disk: SimDisk.fromSnapshot(trimmed) });
    const opened = openJournal({ ...world.options(), folder: '/srv/tachyon' });
    expect(() => opened.replay(asPosition(0), () => undefined)).toThrow(
      /is missing in \/srv\/tachyon: .*Nothing was changed\. Put the file back/,
    );
    expect(opened.missing('it lives')?.message).toContain(`${names[0]} is missing in /srv/tachyon: it lives`);
  });

  test('a checkpoint beyond the end of the journal is damage', () => {
    const world = new JournalWorld({ segmentBytes: SEGMENT_BYTES, disk: SimDisk.fromSnapshot(journal.folder) });
    expect(() => world.open().replay(asPosition(1000), () => undefined)).toThrow(
      `${segmentName(names.length + 1)} is missing in the data folder: the checkpoint is of position 1000`,
    );
    const empty = new JournalWorld({ segmentBytes: SEGMENT_BYTES });
    expect(() => empty.open().replay(asPosition(1000), () => undefined)).toThrow('every segment is missing in');
  });

  test("segments in each other's place are refused", () => {
    const [first, second] = names as [string, string];
    const swapped = new Map(journal.folder);
    swapped.set(first, journal.folder.get(second) as Uint8Array);
    swapped.set(second, journal.folder.get(first) as Uint8Array);
    expect(outcome(journal, swapped).error?.code).toBe('CORRUPT_JOURNAL');
  });
});

test('a segment of a newer version is refused as newer, whatever else it holds', () => {
  const journal = recorded(2);
  const newer = changed(journal.folder, FIRST, (bytes) => {
    bytes.fill(0xff, 6);
    bytes[4] = 2;
    new DataView(bytes.buffer).setUint32(24, crc32(bytes.subarray(0, 24)), true);
    return bytes;
  });
  const { error } = outcome(journal, newer);
  expect(error?.code).toBe('FORMAT_TOO_NEW');
  expect(error?.detail).toContain('Start the newer version');
});

test('a version that only a flipped bit made is damage, with file and byte, not a newer format', () => {
  const journal = recorded(4);
  for (const offset of [0, 512, 1024]) {
    for (let bit = 0; bit < 16; bit += 1) {
      const flipped = changed(journal.folder, FIRST, (bytes) => {
        const at = offset + 4 + (bit >> 3);
        bytes[at] = (bytes[at] as number) ^ (1 << (bit & 7));
        return bytes;
      });
      const { error } = outcome(journal, flipped);
      expect(error?.code).toBe('CORRUPT_JOURNAL');
      expect(error?.detail).toContain(`${FIRST}, byte ${offset}: `);
    }
  }
});

test('a body that looks like a group of this journal, in a torn tail, is not taken for one', () => {
  const journal = recorded(3);
  const bytes = journal.folder.get(FIRST) as Uint8Array;
  const header = bytes.slice(512 * 3, 512 * 4);
  // The third group again, with a mark that would turn a torn tail into damage; its author cannot know the salt.
  new DataView(header.buffer).setFloat64(24, 1000, true);
  const torn = changed(journal.folder, FIRST, (all) => {
    all.fill(0, 512 * 5);
    all.set(header, 512 * 7);
    return all;
  });
  expect(outcome(journal, torn)).toMatchObject({ error: null, last: 4 });
});
