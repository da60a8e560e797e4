// A sidecar in this process, over its real socket and with its real workers, and clients that say exactly what a test
// gives them. Everything that was started here is gone after `end`.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type RunningSidecar,
  type SidecarObservation,
  type SidecarOptions,
  startSidecar,
} from '../../../sidecar/server.ts';
import { RawClient } from './raw-client.ts';

export class SidecarWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'tachyon-sidecar-'));
  readonly socketPath = join(this.folder, 's');
  readonly seen: SidecarObservation[] = [];
  readonly #running: RunningSidecar[] = [];
  readonly #clients: RawClient[] = [];

  async start(options: Partial<SidecarOptions> = {}): Promise<RunningSidecar> {
    const { socketPath } = this;
    const sidecar = await startSidecar({ socketPath, workers: 1, observe: (one) => this.seen.push(one), ...options });
    this.#running.push(sidecar);
    return sidecar;
  }

  async client(): Promise<RawClient> {
    const client = await RawClient.connect(this.socketPath);
    this.#clients.push(client);
    return client;
  }

  async end(): Promise<void> {
    for (const client of this.#clients) client.close();
    await Promise.all(this.#running.map((sidecar) => sidecar.stop(0)));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const text = (words: string): Uint8Array => Buffer.from(words);
export const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');
/** What LZ4 makes short work of. */
export const large = (length: number): Uint8Array => Buffer.alloc(length, 'what repeats can be compressed; ');
