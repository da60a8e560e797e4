// A Unix socket between a client and the sidecar that does to the bytes what it is told. While it is told nothing, it is
// not felt.

import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';

export const DAMAGES = ['flip', 'flip-request', 'garbage', 'truncate', 'swallow', 'repeat'] as const;

/**
 * To the answers: a bit flipped in each piece, other bytes in their place, the end of the connection, nothing at all,
 * each piece twice. `flip-request` flips a bit in each piece of the requests.
 */
export type Damage = (typeof DAMAGES)[number];

export class FaultyProxy {
  readonly path: string;
  readonly #target: string;
  readonly #random: () => number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #damage: Damage | null = null;
  /** Pieces that were damaged: a fault that met no bytes has shown nothing. */
  damaged = 0;

  private constructor(path: string, target: string, random: () => number) {
    this.path = path;
    this.#target = target;
    this.#random = random;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#take(client));
  }

  static async listen(path: string, target: string, random: () => number = Math.random): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(path, target, random);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(path, resolve);
    });
    return proxy;
  }

  /** Null: none. */
  set damage(damage: Damage | null) {
    this.#damage = damage;
  }

  /** Ends all connections, as a sidecar that dies does. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.path, { force: true });
  }

  #take(client: Socket): void {
    const sidecar = connect({ path: this.#target, allowHalfOpen: true });
    this.#join(client, sidecar, (piece) => (this.#damage === 'flip-request' ? [this.#flipped(piece)] : [piece]));
    this.#join(sidecar, client, (piece) => this.#answer(piece));
  }

  #join(from: Socket, to: Socket, change: (piece: Buffer) => readonly Buffer[] | 'end'): void {
    this.#sockets.add(from);
    from.on('data', (piece: Buffer) => {
      const changed = change(piece);
      if (changed === 'end') {
        to.destroy();
        from.destroy();
        return;
      }
      for (const one of changed) if (!to.write(one)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }

  #answer(piece: Buffer): readonly Buffer[] | 'end' {
    const damage = this.#damage;
    if (damage === null || damage === 'flip-request') return [piece];
    if (damage === 'flip') return [this.#flipped(piece)];
    this.damaged += 1;
    switch (damage) {
      case 'garbage':
        return [Buffer.from(piece.map(() => Math.floor(this.#random() * 256)))];
      case 'truncate':
        return 'end';
      case 'swallow':
        return [];
      case 'repeat':
        return [piece, piece];
    }
  }

  #flipped(piece: Buffer): Buffer {
    this.damaged += 1;
    const copy = Buffer.from(piece);
    const at = Math.floor(this.#random() * copy.length);
    copy[at] = (copy[at] as number) ^ (1 << Math.floor(this.#random() * 8));
    return copy;
  }
}
