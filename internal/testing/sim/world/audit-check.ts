// The audit log in the simulated world, on a disk that loses its power together with the journal's. After each start and
// each orderly end it must be one chain, line by line the operators' actions of the journal: at a start as many of them
// as were synced, at the end all.

import { GENESIS, hashOf, readLine } from '../../../../pkg/audit/index.ts';
import type { Event } from '../../../domain/event.ts';
import { FileAuditStore } from '../../../repository/audit/file-audit-store.ts';
import type { AuditStore } from '../../../usecase/ports/audit-store.ts';
import { Violation } from '../audit/violation.ts';
import { Random } from '../random.ts';
import { SimDisk } from '../sim-disk.ts';

/** Small, so that the log is of many files. */
const FILE_BYTES = 2_048;

export class AuditCheck {
  readonly #disk: SimDisk;
  readonly #random: Random;
  /** `position/index operation` of each action of the journal, in order. */
  #actions: string[] = [];
  #recent: { readonly position: number; readonly operation: string }[] = [];

  constructor(seed: number, schedule: (call: () => void) => void) {
    this.#disk = new SimDisk({ seed, schedule });
    this.#random = new Random(seed);
  }

  store(): AuditStore {
    return new FileAuditStore({ disk: this.#disk, fileBytes: FILE_BYTES });
  }

  recorded(event: Event, position: number): void {
    if (event.type === 'operator-action') this.#recent.push({ position, operation: event.operation });
  }

  /** The journal has come back up to `position`: what was behind it never happened. */
  recovered(position: number): void {
    this.#settle(position);
    const lines = this.#lines();
    for (const [index, line] of lines.entries()) {
      if (line !== this.#actions[index])
        throw new Violation('broken', `audit line ${index + 1} is ${line}, not ${this.#actions[index]}`);
    }
  }

  /** An orderly end: nothing is missing. */
  stopped(position: number): void {
    this.recovered(position);
    const found = this.#lines().length;
    if (found !== this.#actions.length) {
      throw new Violation('lost', `the audit log has ${found} lines of ${this.#actions.length} actions`);
    }
  }

  #settle(position: number): void {
    let last = { position: 0, index: -1 };
    for (const { position: at, operation } of this.#recent) {
      last = at === last.position ? { position: at, index: last.index + 1 } : { position: at, index: 0 };
      if (at <= position) this.#actions.push(`${at}/${last.index} ${operation}`);
    }
    this.#recent = [];
  }

  #lines(): string[] {
    let previous = GENESIS;
    const found: string[] = [];
    for (const name of this.#disk
      .listSync()
      .filter((file) => /^\d{20}\.jsonl$/.test(file))
      .sort()) {
      const file = this.#disk.openSync(name, 'read');
      const bytes = new Uint8Array(file.sizeSync());
      file.readSync(bytes, 0);
      file.close();
      for (const text of new TextDecoder().decode(bytes).split('\n').slice(0, -1)) {
        const line = readLine(text);
        if (line === null || line.prev_hash !== previous || hashOf(line, previous) !== line.hash) {
          throw new Violation('broken', `audit line ${found.length + 1} breaks the chain: ${text.slice(0, 200)}`);
        }
        previous = line.hash;
        found.push(`${line.position}/${line.index} ${line.operation}`);
      }
    }
    return found;
  }

  end(how: 'power' | 'kill'): void {
    if (how === 'power') this.#disk.crash(this.#random);
    else this.#disk.kill(this.#random);
  }
}
