// Settings of the journal and of its memory.

import * as z from 'zod';
import { boolean, bytes, choice } from './setting.ts';
import { GIB, KIB, MIB } from './units.ts';

export const journal = z.strictObject({
  enabled: boolean(
    {
      env: 'WAL_ENABLED',
      flag: 'wal-enabled',
      text: 'Keep messages on disk; off, they live in memory and confirms say so.',
      earlier: { value: 'false', why: 'accepted means on disk' },
    },
    true,
  ),
  durabilityMode: choice(
    { env: 'WAL_DURABILITY_MODE', text: 'What a confirm waits for.', earlier: { value: 'local_fsync' } },
    ['local_fsync'],
    'local_fsync',
    ['replicated', 'local_and_replicated'],
  ),
  segmentBytesMax: bytes(
    {
      env: 'WAL_SEGMENT_MAX_BYTES',
      text: 'Size of a journal file, prepared in full before it is used.',
      earlier: {
        value: '4194304',
        why: 'a journal file holds at least one message of the largest size, and is prepared ahead',
      },
    },
    { default: 64 * MIB, min: MIB, max: GIB },
  ),
  checkpointBytes: bytes(
    { env: 'CHECKPOINT_BYTES', text: 'Journal written between two checkpoints: what a restart replays at most.' },
    { default: 64 * MIB, min: 64 * KIB, max: 16 * GIB },
  ),
  tailCacheBytes: bytes(
    { env: 'TAIL_CACHE_BYTES', text: 'Memory for the newest messages, which consumers that keep up are served from.' },
    { default: 32 * MIB, min: MIB, max: 8 * GIB },
  ),
  readCacheBytes: bytes(
    { env: 'READ_CACHE_BYTES', text: 'Memory for messages read back from disk ahead of their delivery.' },
    { default: 32 * MIB, min: MIB, max: 8 * GIB },
  ),
  diskBytesMax: bytes(
    { env: 'DISK_BYTES_MAX', text: 'Disk that the journal may use.' },
    { default: 0, min: 4 * MIB, max: 2 ** 50, zero: 'all that the disk has' },
  ),
});
