// The signed heads of the audit log, a line each, and the key that signs them. Both come into being with the first head.
// Heads of entries that retention removed go with them.

import { type AuditHead, newSigningKey, publicPemOf, readHead } from '../../../pkg/audit/index.ts';
import type { Disk, DiskFile, Done } from '../../usecase/ports/disk.ts';

const HEADS = 'heads.jsonl';
const NEXT = 'heads.tmp';
const PRIVATE_KEY = 'signing-key.pem';
const PUBLIC_KEY = 'public-key.pem';
const TAIL_BYTES = 64 * 1024;
const KEY_BYTES_MAX = 4 * 1024;
const NEWLINE = 10;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The key, or none: one that a crash left half written signs nothing, and has signed nothing. */
function whole(privatePem: string): string {
  try {
    publicPemOf(privatePem);
    return privatePem;
  } catch {
    return '';
  }
}

export class HeadFile {
  readonly #disk: Disk;
  #file: DiskFile | null = null;
  #size = 0;
  #last: AuditHead | null = null;
  #privatePem = '';

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  get last(): AuditHead | null {
    return this.#last;
  }

  /** Empty before the first head. */
  get privatePem(): string {
    return this.#privatePem;
  }

  open(names: readonly string[]): void {
    if (names.includes(NEXT)) this.#disk.removeSync(NEXT);
    if (names.includes(PRIVATE_KEY)) this.#privatePem = whole(this.#text(PRIVATE_KEY));
    if (!names.includes(HEADS)) return;
    this.#file = this.#disk.openSync(HEADS, 'readwrite');
    const size = this.#file.sizeSync();
    const from = Math.max(0, size - TAIL_BYTES);
    const tail = new Uint8Array(size - from);
    this.#file.readSync(tail, from);
    const end = tail.lastIndexOf(NEWLINE) + 1;
    this.#size = from + end;
    if (this.#size < size) this.#file.truncateSync(this.#size);
    const lines = decoder.decode(tail.subarray(0, end)).split('\n');
    this.#last = lines.flatMap((line) => readHead(line) ?? []).at(-1) ?? null;
  }

  #text(name: string): string {
    const file = this.#disk.openSync(name, 'read');
    const bytes = new Uint8Array(Math.min(KEY_BYTES_MAX, file.sizeSync()));
    file.readSync(bytes, 0);
    file.close();
    return decoder.decode(bytes);
  }

  /** The private one last: a key pair of which only that is missing is made anew. */
  #newKey(names: readonly string[]): string {
    const { privatePem, publicPem } = newSigningKey();
    for (const [name, pem] of [
      [PUBLIC_KEY, publicPem],
      [PRIVATE_KEY, privatePem],
    ] as const) {
      if (names.includes(name)) this.#disk.removeSync(name);
      const file = this.#disk.createSync(name);
      file.writeSync(encoder.encode(pem), 0);
      file.syncSync();
      file.close();
    }
    this.#disk.syncFolderSync();
    return privatePem;
  }

  /** The first head brings key and file with it: a start makes nothing that may never be needed. */
  #begun(): DiskFile {
    const names = this.#disk.listSync();
    if (this.#privatePem === '') this.#privatePem = this.#newKey(names);
    this.#file ??= this.#headFile(names);
    return this.#file;
  }

  /** Its name survives a loss of power too: a head that was told of is there. */
  #headFile(names: readonly string[]): DiskFile {
    const file = names.includes(HEADS) ? this.#disk.openSync(HEADS, 'readwrite') : this.#disk.createSync(HEADS);
    try {
      this.#disk.syncFolderSync();
      return file;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  append(sign: (privatePem: string) => AuditHead, done: (error: Error | null, head: AuditHead | null) => void): void {
    let file: DiskFile;
    let head: AuditHead;
    try {
      file = this.#begun();
      head = sign(this.#privatePem);
    } catch (error) {
      return done(error instanceof Error ? error : new Error(String(error)), null);
    }
    const bytes = encoder.encode(`${JSON.stringify(head)}\n`);
    file.write(bytes, this.#size, (writeError) => {
      if (writeError !== null) return done(writeError, null);
      file.sync((syncError) => {
        if (syncError !== null) return done(syncError, null);
        this.#size += bytes.length;
        this.#last = head;
        done(null, head);
      });
    });
  }

  /** Drops the heads below `size`: of entries that are gone. The file is replaced as a whole; no head is added meanwhile. */
  trim(size: number, done: Done): void {
    const file = this.#file;
    if (file === null) return done(null);
    const bytes = new Uint8Array(this.#size);
    file.read(bytes, 0, (error, count) => {
      if (error !== null) return done(error);
      const lines = decoder.decode(bytes.subarray(0, count)).split('\n').slice(0, -1);
      const kept = lines.filter((line) => (readHead(line)?.size ?? size) >= size);
      if (kept.length === lines.length) return done(null);
      try {
        this.#replace(encoder.encode(kept.map((line) => `${line}\n`).join('')), done);
      } catch (replaceError) {
        done(replaceError as Error);
      }
    });
  }

  #replace(bytes: Uint8Array, done: Done): void {
    const disk = this.#disk;
    if (disk.listSync().includes(NEXT)) disk.removeSync(NEXT);
    disk.create(NEXT, (createError, file) => {
      if (file === null) return done(createError);
      const fail = (error: Error): void => {
        file.close();
        done(error);
      };
      file.write(bytes, 0, (writeError) => {
        if (writeError !== null) return fail(writeError);
        file.sync((syncError) => {
          if (syncError !== null) return fail(syncError);
          disk.rename(NEXT, HEADS, (renameError) => {
            if (renameError !== null) return fail(renameError);
            this.#file?.close();
            this.#file = file;
            this.#size = bytes.length;
            disk.syncFolder(done);
          });
        });
      });
    });
  }

  close(): void {
    this.#file?.close();
    this.#file = null;
  }
}
