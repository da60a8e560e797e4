// Inboxes: where replies go that nobody keeps. Volatile: an inbox ends with its connection, and one that was made for a
// single request with its answer or its time.

import type { PeerId } from './ids.ts';

export interface Inbox {
  readonly address: string;
  readonly peer: PeerId;
  readonly tenant: string;
  /** For one answer to this message, until then; null: for as long as the connection lasts. */
  readonly once: { readonly messageId: string; readonly untilMs: number } | null;
}

/** Times are rounded up to it, so that many that end together are looked at together. */
const GRAIN_MS = 32;
const NONE: ReadonlySet<string> = new Set();

export class Inboxes {
  readonly #byAddress = new Map<string, Inbox>();
  readonly #ofPeer = new Map<PeerId, Set<string>>();
  /** Those of one answer. */
  readonly #once = new Map<string, Inbox>();
  /** Connections that take nothing at the moment. */
  readonly #blocked = new Set<PeerId>();
  #nextMs = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#byAddress.size;
  }

  /** At or before the next end of one. */
  get nextMs(): number {
    return this.#nextMs;
  }

  /** Requests that wait for their one answer. */
  get waiting(): number {
    return this.#once.size;
  }

  ofPeer(peer: PeerId): number {
    return (this.#ofPeer.get(peer) ?? NONE).size;
  }

  find(address: string): Inbox | undefined {
    return this.#byAddress.get(address);
  }

  isBlocked(peer: PeerId): boolean {
    return this.#blocked.has(peer);
  }

  open({ address, peer, tenant, once }: Inbox): void {
    const untilMs = once === null ? 0 : Math.ceil(once.untilMs / GRAIN_MS) * GRAIN_MS;
    const inbox = { address, peer, tenant, once: once === null ? null : { ...once, untilMs } };
    this.#byAddress.set(address, inbox);
    const all = this.#ofPeer.get(peer);
    if (all === undefined) this.#ofPeer.set(peer, new Set([address]));
    else all.add(address);
    if (once === null) return;
    this.#once.set(address, inbox);
    this.#nextMs = Math.min(this.#nextMs, untilMs);
  }

  close(address: string): void {
    const inbox = this.#byAddress.get(address);
    if (inbox === undefined) return;
    this.#byAddress.delete(address);
    this.#once.delete(address);
    const all = this.#ofPeer.get(inbox.peer);
    all?.delete(address);
    if (all?.size === 0) this.#ofPeer.delete(inbox.peer);
  }

  closeAll(peer: PeerId): void {
    for (const address of [...(this.#ofPeer.get(peer) ?? NONE)]) this.close(address);
    this.#blocked.delete(peer);
  }

  block(peer: PeerId, blocked: boolean): void {
    if (blocked && this.#ofPeer.has(peer)) this.#blocked.add(peer);
    else this.#blocked.delete(peer);
  }

  /** Those whose time is over. */
  due(nowMs: number): readonly Inbox[] {
    return this.#nextMs > nowMs ? [] : [...this.#once.values()].filter(({ once }) => (once?.untilMs ?? 0) <= nowMs);
  }

  /** Some have ended: when is the next. */
  look(): void {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { once } of this.#once.values()) nextMs = Math.min(nextMs, once?.untilMs ?? nextMs);
    this.#nextMs = nextMs;
  }
}
