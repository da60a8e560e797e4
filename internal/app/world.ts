// Everything outside of the broker that it touches: the real one in `cmd`, a simulated one in tests.

import type { DecompressBE } from '../../pkg/protocol/abtp1/guess.ts';
import type { FanoutTransport, Transport } from '../delivery/transport.ts';
import type { Calendar } from '../domain/cron.ts';
import type { Deliver } from '../domain/effect.ts';
import type { FastPath } from '../media/fast-path.ts';
import type { AuditStore } from '../usecase/ports/audit-store.ts';
import type { CheckpointStore } from '../usecase/ports/checkpoint-store.ts';
import type { Journal } from '../usecase/ports/journal.ts';
import type { Observe } from '../usecase/ports/observer.ts';
import type { Chance, Clock, Timers } from '../usecase/ports/timers.ts';
import type { Decompress } from '../usecase/ports/unpack.ts';
import type { Replay } from '../usecase/recover.ts';

/** A journal that was judged sound and not begun. */
export interface SoundJournal extends Replay {
  retain: Journal['retain'];
  release: Journal['release'];
  readonly lastTimeMs: number;
  /** The refusal of a journal that lacks what `reason` says, with the name of the missing file; null: none is. */
  missing?(reason: string): Error | null;
  start(): Journal;
}

export interface World {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Calls once everything that has arrived by now was handed over. */
  readonly soon: (call: () => void) => void;
  readonly chance: Chance;
  /** The times of recurring schedules. */
  readonly calendar: Calendar;
  /** sha256 in hex. */
  readonly hash: (text: string) => string;
  readonly observe: Observe;
  readonly openJournal: () => SoundJournal;
  readonly checkpoints: CheckpointStore;
  readonly audit: AuditStore;
  /** What compresses the bodies whose routes ask for it; here, on the loop, when there is none. */
  readonly fastPath?: FastPath;
  /** Of the process; absent: memory is no signal of overload. */
  readonly memoryBytes?: () => number;
  /** Null with `--admin-only`. */
  readonly router: Transport | null;
  readonly pub: FanoutTransport | null;
  readonly admin: Transport | null;
  readonly decompressBE: DecompressBE;
  readonly decompress: Decompress;
  /** Hears of each delivery that leaves. */
  readonly onDelivered?: (effect: Deliver, blocks: readonly Uint8Array[]) => void;
  /** The journal cannot go on: the process must end, and a restart makes memory and disk equal again. */
  readonly fail: (error: Error) => void;
}
