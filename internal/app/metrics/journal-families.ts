// Metrics of the journal, its disk and its checkpoints.

import { byLabel, counter, type Family, gauge, histogram } from '../../../pkg/metrics/family.ts';
import { Histogram, LATENCY_SECONDS } from '../../../pkg/metrics/histogram.ts';
import type { Journal, JournalRound } from '../../usecase/ports/journal.ts';
import type { Occurrences } from './occurrences.ts';

/** What each round to the disk was like. */
export class Rounds {
  readonly seconds = new Histogram(LATENCY_SECONDS);
  readonly groups = new Histogram([1, 2, 4, 8, 16, 32, 64, 128]);
  readonly bytes = new Histogram([4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216]);

  add({ groups, bytes, syncMs }: JournalRound): void {
    this.seconds.observe(syncMs / 1000);
    this.groups.observe(groups);
    this.bytes.observe(bytes);
  }
}

export interface JournalFacts {
  readonly journal: Journal;
  readonly rounds: Rounds;
  readonly occurrences: Occurrences;
  readonly eventsWritten: number;
  readonly eventsReplayed: number;
  readonly failed: boolean;
  /** Effects and publishes that wait for the disk. */
  readonly held: number;
  /** Since the process began. */
  readonly upMs: number;
  readonly monotonicMs: number;
}

export function journalFamilies(facts: JournalFacts): readonly Family[] {
  const { journal, rounds, occurrences } = facts;
  const { stats } = journal;
  const room = journal.room();
  return [
    counter('tachyon_wal_written_total', 'Events written to the journal.', facts.eventsWritten),
    counter('tachyon_wal_replayed_total', 'Events read back at the start.', facts.eventsReplayed),
    counter('tachyon_journal_groups_total', 'Groups of events, one or more of each turn that wrote.', stats.groups),
    counter('tachyon_journal_bytes_total', 'Bytes written to the journal.', stats.bytes),
    counter('tachyon_journal_syncs_total', 'Syncs of the journal.', stats.syncs),
    histogram('tachyon_journal_sync_seconds', 'Time that a sync took.', rounds.seconds.read()),
    histogram('tachyon_journal_sync_groups', 'Groups that shared a sync.', rounds.groups.read()),
    histogram('tachyon_journal_sync_size_bytes', 'Bytes that shared a sync.', rounds.bytes.read()),
    gauge('tachyon_journal_held_effects', 'Answers and publishes that wait for the disk.', facts.held),
    gauge('tachyon_journal_segments', 'Files of the journal.', stats.segments),
    gauge('tachyon_journal_disk_bytes', 'Disk that the journal takes.', stats.diskBytes),
    gauge('tachyon_journal_live_bytes', 'Bytes of messages that are not settled.', stats.liveBytes),
    gauge('tachyon_journal_free_bytes', 'Room without preparing a further file.', room.free),
    gauge('tachyon_journal_blocked', '1 while no further file can be prepared.', room.blocked === null ? 0 : 1),
    gauge('tachyon_journal_failed', '1 after a failed write or sync: nothing is confirmed.', facts.failed ? 1 : 0),
    ...checkpointFamilies(facts),
    counter(
      'tachyon_faults_total',
      'Commands that broke an assumption, damaged bodies, messages that could not be moved, failed audit writes.',
      byLabel('kind', occurrences.faults),
    ),
  ];
}

function checkpointFamilies({ journal, occurrences, upMs, monotonicMs }: JournalFacts): readonly Family[] {
  const { checkpoints, lastCheckpoint: last } = occurrences;
  const ageMs = last === null ? upMs : monotonicMs - last.atMs;
  const since = journal.appendedBytes - (last?.appendedBytes ?? 0);
  return [
    counter('tachyon_checkpoints_total', 'Checkpoints, by what became of them.', byLabel('outcome', checkpoints)),
    gauge(
      'tachyon_checkpoint_age_seconds',
      'Since the latest checkpoint of this run, or since its start.',
      ageMs / 1000,
    ),
    gauge('tachyon_checkpoint_duration_seconds', 'Time that it took; 0 before the first.', (last?.tookMs ?? 0) / 1000),
    gauge('tachyon_checkpoint_size_bytes', 'Its size; 0 before the first.', last?.bytes ?? 0),
    gauge('tachyon_checkpoint_lag_bytes', 'Journal written since: what a restart replays.', since),
  ];
}
