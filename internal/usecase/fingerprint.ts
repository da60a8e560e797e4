// One number for the whole durable state: two states that a client or an operator could tell apart have different
// ones (but for chance). What is volatile, such as whether a retry's time has come, does not count.

import { GONE, READY, WAITING } from '../domain/entry-table.ts';
import type { State } from '../domain/state.ts';

/** FNV-1a, in two lanes of 32 bits. */
class Digest {
  #a = 0x811c9dc5;
  #b = 0xcbf29ce4;
  readonly #scratch = new DataView(new ArrayBuffer(8));

  #byte(value: number): void {
    this.#a = Math.imul(this.#a ^ value, 0x01000193);
    this.#b = Math.imul(this.#b ^ value ^ 0x5a, 0x01000193);
  }

  number(value: number): void {
    this.#scratch.setFloat64(0, value);
    for (let i = 0; i < 8; i += 1) this.#byte(this.#scratch.getUint8(i));
  }

  text(value: string): void {
    this.number(value.length);
    for (let i = 0; i < value.length; i += 1) {
      const code = value.charCodeAt(i);
      this.#byte(code & 0xff);
      this.#byte(code >>> 8);
    }
  }

  toString(): string {
    const hex = (lane: number): string => (lane >>> 0).toString(16).padStart(8, '0');
    return hex(this.#a) + hex(this.#b);
  }
}

const byNumber = (a: number, b: number): number => a - b;

/** 16 hex digits. */
export function fingerprint(state: State): string {
  const digest = new Digest();
  const { epoch, nextSequence, nextQueue, nextRoute, nextProducer, nextSession, reservedThrough } = state;
  for (const number of [epoch, nextSequence, nextQueue, nextRoute, nextProducer, nextSession, reservedThrough]) {
    digest.number(number);
  }
  for (const id of [...state.queues.keys()].sort(byNumber)) queueInto(digest, state, id);
  for (const id of [...state.routes.keys()].sort(byNumber)) digest.text(JSON.stringify(state.routes.get(id)));
  for (const id of [...state.sessions.keys()].sort(byNumber)) {
    const session = state.sessions.get(id);
    if (session === undefined) continue;
    digest.text(
      JSON.stringify([id, session.tenant, session.consumer, session.tokenHash, session.resumable, session.inflight]),
    );
  }
  for (const id of [...state.producers.keys()].sort(byNumber)) {
    const producer = state.producers.get(id);
    if (producer === undefined) continue;
    digest.text(JSON.stringify([id, producer.tenant, producer.epoch, producer.tokenHash, producer.lastUsedMs]));
    digest.number(producer.window.highest);
    for (const word of producer.window.bits) digest.number(word);
  }
  const leases = [...state.leases.all()].sort((a, b) => a.delivery - b.delivery);
  for (const { delivery, queue, sequence, session, deadlineMs } of leases) {
    for (const number of [delivery, queue.id, sequence, session.id, deadlineMs]) digest.number(number);
  }
  for (const imported of [...state.imports].sort()) digest.text(imported);
  for (const name of [...state.schemas.keys()].sort()) digest.text(JSON.stringify(state.schemas.get(name)));
  for (const [queue, owed] of [...state.copiesOwed].sort((a, b) => a[0] - b[0])) {
    for (const number of [queue, ...[...owed].sort(byNumber)]) digest.number(number);
  }
  if (state.nextJob > 1) digest.text(JSON.stringify([state.nextJob, ...state.jobs.values()]));
  for (const [, { body, ...cron }] of [...state.crons.all].sort(([a], [b]) => a - b)) {
    digest.text(JSON.stringify(cron));
    digest.text(new TextDecoder('latin1').decode(body));
  }
  for (const { tenant, consumer, steering } of [...state.steered.all.values()])
    digest.text(JSON.stringify([tenant, consumer, steering]));
  return digest.toString();
}

function queueInto(digest: Digest, state: State, id: number): void {
  const queue = state.queues.get(id as never);
  if (queue === undefined) return;
  const { tenant, name, policy, origin, idleSinceMs } = queue;
  digest.text(JSON.stringify([id, tenant, name, policy, origin, idleSinceMs]));
  if (queue.paused) digest.text('paused');
  if (queue.draining) digest.text('draining');
  for (const chunk of queue.entries.chunks) {
    for (let row = 0; row < chunk.count; row += 1) {
      const status = chunk.status[row];
      if (status === GONE) continue;
      digest.number(chunk.sequenceOf(row));
      digest.number(chunk.positionOf(row));
      digest.number(chunk.offset[row] as number);
      digest.number(chunk.length[row] as number);
      digest.number(chunk.acceptedAtMsOf(row));
      digest.number(status === WAITING ? READY : (status as number));
      digest.number(chunk.failedOf(row));
      digest.number(chunk.returnedOf(row));
    }
  }
  for (const [sequence, letter] of [...queue.dead].sort((a, b) => a[0] - b[0])) {
    digest.text(JSON.stringify([sequence, letter]));
  }
  for (const [sequence, history] of [...queue.histories].sort((a, b) => a[0] - b[0])) {
    digest.text(JSON.stringify([sequence, history]));
  }
}
