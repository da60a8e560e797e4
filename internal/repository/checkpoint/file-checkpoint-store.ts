// Checkpoints as files of the data folder, `<20-digit position>.checkpoint`, two generations of them.
// Invariant: a file has its final name only after its content is synced, and older ones go only after that name is
// synced; so at every moment at least the newest checkpoint that `write` has confirmed can be loaded.
// Room is booked before it is needed: each checkpoint is written over a spare file that was filled with zeros when there
// was room, so that a full disk can still be checkpointed, and thereby trimmed.
// A step that fails ends the write: the temporary file goes and nothing is synced a second time, since a failed sync
// says nothing about what a later one covers.

import { crc32 } from 'node:zlib';
import { invariant } from '../../domain/assert.ts';
import { NO_POSITION, type Position } from '../../domain/ids.ts';
import type { CheckpointStore, LoadedCheckpoint } from '../../usecase/ports/checkpoint-store.ts';
import type { Disk, DiskFile, Done } from '../../usecase/ports/disk.ts';
import { checkpointName, encodeHeader, HEADER_BYTES, isCheckpointName } from './checkpoint-format.ts';
import { readCheckpoint } from './read-checkpoint.ts';
import { slices } from './slices.ts';

const TEMPORARY = 'checkpoint.tmp';
const SPARE = 'checkpoint.spare';
const SLICE_BYTES = 256 * 1024;
/** A spare is so much larger than the checkpoint before it, in steps of a slice's quarter. */
const SPARE_GROWTH = 1.5;
const SPARE_STEP_BYTES = 64 * 1024;

export interface FileCheckpointStoreOptions {
  /** Default 256 KB. */
  readonly sliceBytes?: number;
}

export class FileCheckpointStore implements CheckpointStore {
  readonly #disk: Disk;
  readonly #sliceBytes: number;
  /** Positions that can be started from, rising; two at most after a write. Null before `load`. */
  #whole: readonly Position[] | null = null;
  /** Every checkpoint file there may be, whole or not. */
  #names = new Set<string>();
  #writing = false;
  #hasSpare = false;

  constructor(disk: Disk, options: FileCheckpointStoreOptions = {}) {
    this.#disk = disk;
    this.#sliceBytes = options.sliceBytes ?? SLICE_BYTES;
  }

  load(): { readonly checkpoint: LoadedCheckpoint | null; readonly damaged: readonly string[] } {
    const names = this.#disk.listSync();
    if (names.includes(TEMPORARY)) this.#disk.removeSync(TEMPORARY);
    this.#hasSpare = names.includes(SPARE);
    this.#names = new Set(names.filter(isCheckpointName));
    const damaged: string[] = [];
    for (const name of [...this.#names].sort().reverse()) {
      const checkpoint = readCheckpoint(this.#disk, name);
      if (checkpoint !== null) {
        this.#whole = [checkpoint.position];
        return { checkpoint, damaged };
      }
      damaged.push(name);
    }
    this.#whole = [];
    return { checkpoint: null, damaged };
  }

  /** After `load`, one at a time. `parts` stay as they are until `done`. */
  write(
    position: Position,
    timeMs: number,
    parts: readonly Uint8Array[],
    done: (error: Error | null, trimBelow: Position) => void,
  ): void {
    const whole = this.#whole;
    invariant(whole !== null, 'checkpoints are loaded before one is written');
    invariant(!this.#writing, `one checkpoint is written at a time, and ${position} came while another was under way`);
    const newest = whole.at(-1) ?? NO_POSITION;
    invariant(position >= newest && position > NO_POSITION, `checkpoint ${position} is not older than ${newest}`);
    this.#writing = true;
    const finish = (error: Error | null): void => {
      this.#writing = false;
      const older = this.#whole?.at(-2);
      done(error, error === null && older !== undefined ? older : NO_POSITION);
    };
    // Same position, same state: all it can lack, after a restart, is a durable name.
    if (position === newest) return this.#disk.syncFolder(finish);
    const length = HEADER_BYTES + parts.reduce((sum, part) => sum + part.length, 0);
    this.#writeTemporary(position, timeMs, parts, (writeError) => {
      if (writeError === null) {
        return this.#publish(position, (error) => {
          if (error !== null) return finish(error);
          this.#prepareSpare(length, () => finish(null));
        });
      }
      // The reason is told; whether the clean-up works changes nothing, as the next write clears the name first.
      this.#disk.remove(TEMPORARY, () => finish(writeError));
    });
  }

  #writeTemporary(position: Position, timeMs: number, parts: readonly Uint8Array[], done: Done): void {
    this.#createTemporary((createError, file) => {
      if (file === null) return done(createError);
      const closeAnd = (error: Error | null): void => {
        file.close();
        done(error);
      };
      this.#writeContent(file, parts, (contentError, contentLength, contentCrc) => {
        if (contentError !== null) return closeAnd(contentError);
        file.write(encodeHeader({ position, timeMs, contentLength, contentCrc }), 0, (headerError) => {
          if (headerError !== null) return closeAnd(headerError);
          file.sync(closeAnd);
        });
      });
    });
  }

  /** The spare under another name; without one, a new file. */
  #createTemporary(done: (error: Error | null, file: DiskFile | null) => void): void {
    if (this.#hasSpare) {
      this.#hasSpare = false;
      this.#disk.rename(SPARE, TEMPORARY, (error) => {
        if (error === null) return this.#disk.open(TEMPORARY, 'readwrite', done);
        this.#createTemporary(done);
      });
      return;
    }
    this.#disk.create(TEMPORARY, (error, file) => {
      if ((error as NodeJS.ErrnoException | null)?.code !== 'EEXIST') return done(error, file);
      // Left by a write whose clean-up failed.
      this.#disk.remove(TEMPORARY, (removeError) => {
        if (removeError !== null) return done(removeError, null);
        this.#disk.create(TEMPORARY, done);
      });
    });
  }

  /** Books room for the next checkpoint, as far as the disk has it; without a spare the next one is a new file. */
  #prepareSpare(lastBytes: number, done: () => void): void {
    const bytes = Math.ceil((lastBytes * SPARE_GROWTH) / SPARE_STEP_BYTES) * SPARE_STEP_BYTES;
    this.#disk.create(SPARE, (error, file) => {
      if (file === null || error !== null) return this.#disk.remove(SPARE, done);
      const ended = (failure: Error | null): void => {
        file.close();
        this.#hasSpare = failure === null;
        if (failure === null) done();
        else this.#disk.remove(SPARE, done);
      };
      const fill = (from: number): void => {
        if (from >= bytes) return file.sync(ended);
        const slice = new Uint8Array(Math.min(this.#sliceBytes, bytes - from));
        file.write(slice, from, (failure) => (failure === null ? fill(from + slice.length) : ended(failure)));
      };
      fill(0);
    });
  }

  #writeContent(
    file: DiskFile,
    parts: readonly Uint8Array[],
    done: (error: Error | null, length: number, crc: number) => void,
  ): void {
    const rest = slices(parts, this.#sliceBytes);
    const next = (length: number, crc: number): void => {
      const { value: slice } = rest.next();
      if (slice === undefined) return done(null, length, crc);
      file.write(slice, HEADER_BYTES + length, (error) => {
        if (error !== null) return done(error, length, crc);
        next(length + slice.length, crc32(slice, crc));
      });
    };
    next(0, 0);
  }

  /** From here on it is a checkpoint: first by its name, then durably; only then the oldest goes. */
  #publish(position: Position, done: Done): void {
    const name = checkpointName(position);
    this.#disk.rename(TEMPORARY, name, (renameError) => {
      if (renameError !== null) return done(renameError);
      this.#names.add(name);
      this.#disk.syncFolder((syncError) => {
        if (syncError !== null) return done(syncError);
        this.#whole = [...(this.#whole ?? []).slice(-1), position];
        this.#removeOthers(() => done(null));
      });
    });
  }

  /** Without a folder sync: a file that comes back after power loss is one generation too many, and goes next time. */
  #removeOthers(done: () => void): void {
    const kept = new Set((this.#whole ?? []).map(checkpointName));
    const next = ([name, ...rest]: readonly string[]): void => {
      if (name === undefined) return done();
      this.#disk.remove(name, (error) => {
        // One that cannot be removed is tried again after the next checkpoint.
        if (error === null || (error as NodeJS.ErrnoException).code === 'ENOENT') this.#names.delete(name);
        next(rest);
      });
    };
    next([...this.#names].filter((name) => !kept.has(name)));
  }
}
