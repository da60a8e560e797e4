// Books of the kill run: one line a message, its id and the checksum of its body. A producer's book is synced before the
// producer goes on: what stands in it was confirmed, whatever happens to the broker. A line cut short by the end of its
// writer does not count.

import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';

export const checksumOf = (body: Uint8Array): string => createHash('sha1').update(body).digest('base64url');

export class Book {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  write(entries: Iterable<readonly [id: string, checksum: string]>): void {
    let text = '';
    for (const [id, checksum] of entries) text += `${id} ${checksum}\n`;
    if (text !== '') writeSync(this.#file, text);
  }

  sync(): void {
    fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** Every whole line, in order, sightings of one id as often as it was seen. */
export function* readBook(path: string): Generator<readonly [id: string, checksum: string]> {
  const text = readFileSync(path, 'utf8');
  for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    const [id, checksum] = line.split(' ');
    if (id !== undefined && checksum !== undefined) yield [id, checksum];
  }
}
