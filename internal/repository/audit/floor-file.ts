// The signed record of what retention removed from the audit log: one file, replaced as a whole. It is on disk before
// the first entry that it speaks of is removed.

import { type AuditFloor, isFloorSignedBy, isMarkAsWritten, publicPemOf, readFloor } from '../../../pkg/audit/index.ts';
import type { Disk, DiskFile, Done } from '../../usecase/ports/disk.ts';

const FLOOR = 'floor.json';
const NEXT = 'floor.tmp';
const BYTES_MAX = 64 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class FloorFile {
  readonly #disk: Disk;
  #floor: AuditFloor | null = null;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Of the last removal; null before the first. */
  get floor(): AuditFloor | null {
    return this.#floor;
  }

  /** What is wrong with the record that is there; null: nothing, or there is none. */
  open(names: readonly string[], privatePem: string): string | null {
    // One that a crash left was of no effect yet.
    if (names.includes(NEXT)) this.#disk.removeSync(NEXT);
    if (!names.includes(FLOOR)) return null;
    const file = this.#disk.openSync(FLOOR, 'read');
    const bytes = new Uint8Array(Math.min(BYTES_MAX, file.sizeSync()));
    file.readSync(bytes, 0);
    file.close();
    const text = decoder.decode(bytes);
    const floor = readFloor(text);
    if (floor === null) return `${FLOOR} is no record of removed entries`;
    if (privatePem === '' || !isFloorSignedBy(publicPemOf(privatePem), floor)) {
      return `${FLOOR} is not signed by the key of this log`;
    }
    if (!text.endsWith('\n') || !isMarkAsWritten(text.slice(0, -1), floor)) return `${FLOOR} is not as it was written`;
    this.#floor = floor;
    return null;
  }

  /** Calls back when the record survives a loss of power. */
  write(floor: AuditFloor, done: Done): void {
    if (this.#disk.listSync().includes(NEXT)) this.#disk.removeSync(NEXT);
    this.#disk.create(NEXT, (error, file) => {
      if (file === null) return done(error);
      this.#fill(file, floor, (fillError) => {
        file.close();
        if (fillError !== null) return done(fillError);
        this.#disk.rename(NEXT, FLOOR, (renameError) => {
          if (renameError !== null) return done(renameError);
          this.#disk.syncFolder((folderError) => {
            if (folderError === null) this.#floor = floor;
            done(folderError);
          });
        });
      });
    });
  }

  #fill(file: DiskFile, floor: AuditFloor, done: Done): void {
    file.write(encoder.encode(`${JSON.stringify(floor)}\n`), 0, (error) => {
      if (error !== null) return done(error);
      file.sync(done);
    });
  }
}
