// Which messages of a queue come next, and a run of them for one consumer. Without traits that is the lowest sequence, found by a
// cursor over columns; where messages have classes or lanes it is class, then the heads of lanes, then sequence (ADR 16).

import type { Priorities } from '../class-turns.ts';
import { DeliverEntries } from '../deliver-entries.ts';
import type { DeliveryOrder } from '../delivery-order.ts';
import { type Chunk, type Place, positionAt, READY, sequenceAt, statusAt } from '../entry-table.ts';
import { hasExpired } from '../evolve-times.ts';
import { asPosition, asSequence, type Position, type Sequence } from '../ids.ts';
import { NO_CLASS } from '../message-traits.ts';
import type { Queue } from '../queue.ts';
import type { Session } from '../session.ts';

/** Which bodies are in memory; a message is leased only when its body is in hand. */
export interface BodyWindow {
  has(position: Position): boolean;
  /** What the block at hand takes once its body is plain: `length` where it is. */
  plainLength(position: Position, offset: number, length: number): number;
}

export interface Taking {
  readonly most: number;
  /** Bytes in flight from which on nothing more goes: of the consumer's window, or of less. */
  readonly windowBytes: number;
  readonly durable: Position;
  readonly bodies: BodyWindow;
  readonly nowMs: number;
}

/** `waitsFor`: nothing may go before this position is durable; null with no head: nothing is ready at all. */
export type Next = { readonly head: Place } | { readonly head: null; readonly waitsFor: Position | null };

export function nextOf(queue: Queue, priorities: Priorities, durable: Position): Next {
  const { order } = queue;
  if (order === null) {
    const head = nextReady(queue);
    if (head === null) return { head, waitsFor: null };
    return positionAt(head) > durable ? { head: null, waitsFor: positionAt(head) } : { head };
  }
  order.clean();
  order.release(durable);
  const heads = headsOf(queue, order, priorities);
  const durables = heads.filter(({ place }) => positionAt(place) <= durable);
  if (durables.length > 0) return { head: chosen(queue, durables, priorities).place };
  const positions = heads.map(({ place }) => positionAt(place));
  if (order.settlingAt !== null) positions.push(order.settlingAt);
  return { head: null, waitsFor: positions.length === 0 ? null : asPosition(Math.min(...positions)) };
}

/** Whether a message could be given to somebody, or could be once a settlement is durable. */
export function hasNext(queue: Queue): boolean {
  if (queue.order === null) return queue.ready > 0;
  const { order } = queue;
  return (
    order.settlingAt !== null || nextReady(queue) !== null || order.classes.some((rank) => order.head(rank) !== null)
  );
}

interface Head {
  /** Its class; those that say nothing are in the normal one. */
  readonly rank: number;
  /** As the order keeps it; null: it is a plain message. */
  readonly kept: number | null;
  readonly place: Place;
}

/** The first of each class, ascending. */
function headsOf(queue: Queue, order: DeliveryOrder, { normal }: Priorities): Head[] {
  const found: Head[] = [];
  const plain = nextReady(queue);
  if (plain !== null) found.push({ rank: normal, kept: null, place: plain });
  for (const kept of order.classes) {
    const place = order.head(kept);
    if (place === null) continue;
    const rank = kept === NO_CLASS ? normal : kept;
    const same = found.findIndex((other) => other.rank === rank);
    if (same < 0) found.push({ rank, kept, place });
    else if (sequenceAt(place) < sequenceAt((found[same] as Head).place)) found[same] = { rank, kept, place };
  }
  return found;
}

/** The one whose class has its turn. */
function chosen(queue: Queue, heads: readonly Head[], priorities: Priorities): Head {
  if (heads.length === 1) return heads[0] as Head;
  const rank = queue.turns.next(ranksOf(heads), priorities);
  return heads.find((head) => head.rank === rank) as Head;
}

const ranksOf = (heads: readonly Head[]): number[] => heads.map(({ rank }) => rank).sort((a, b) => a - b);

/** One by one, each class in its turn; stops before what may not go now. */
function takeOrdered(
  queue: Queue,
  order: DeliveryOrder,
  session: Session,
  { most, windowBytes, durable, bodies, nowMs }: Taking,
  priorities: Priorities,
): DeliverEntries {
  const entries = new DeliverEntries();
  let bytes = session.inflightBytes;
  while (entries.length < most && bytes < windowBytes) {
    const heads = headsOf(queue, order, priorities).filter(({ place }) => positionAt(place) <= durable);
    if (heads.length === 0) break;
    const { rank, kept, place } = chosen(queue, heads, priorities);
    if (!bodies.has(positionAt(place)) || hasExpired(place, nowMs)) break;
    if (kept !== null) order.take(kept, place);
    else if (queue.again.peek() === sequenceAt(place)) takeAgain(queue, sequenceAt(place));
    else queue.entries.passFresh();
    if (heads.length > 1) queue.turns.gave(rank, ranksOf(heads), priorities);
    bytes += give(entries, place.chunk, place.row, session, bodies);
  }
  return entries;
}

/** It may stand there more than once. */
function takeAgain(queue: Queue, sequence: Sequence): void {
  while (queue.again.peek() === sequence) queue.again.pop();
}

/** The ready message of the lowest sequence. */
function nextReady(queue: Queue): Place | null {
  const again = nextAgain(queue);
  const fresh = queue.entries.fresh(queue.unreadable);
  if (again === null) return fresh;
  return fresh === null || sequenceAt(again) < sequenceAt(fresh) ? again : fresh;
}

function nextAgain(queue: Queue): Place | null {
  for (;;) {
    const sequence = queue.again.peek();
    if (sequence === null) return null;
    const place = queue.entries.find(sequence);
    if (place !== null && statusAt(place) === READY && !queue.unreadable.has(sequence)) return place;
    queue.again.pop();
  }
}

/**
 * Messages for one consumer: those that came back, while they are first, else a run of fresh ones within the chunk
 * of `head`. The byte window is looked at before each message, so that one larger than the window still goes.
 */
export function take(
  queue: Queue,
  head: Place,
  session: Session,
  { most, windowBytes, durable, bodies, nowMs }: Taking,
  priorities: Priorities,
): DeliverEntries {
  const inHand = (place: Place): boolean => positionAt(place) <= durable && bodies.has(positionAt(place));
  if (queue.order !== null) {
    return takeOrdered(queue, queue.order, session, { most, windowBytes, durable, bodies, nowMs }, priorities);
  }
  const entries = new DeliverEntries();
  let bytes = session.inflightBytes;
  if (queue.again.peek() === sequenceAt(head)) {
    const fresh = queue.entries.fresh(queue.unreadable);
    const end = fresh === null ? Number.POSITIVE_INFINITY : sequenceAt(fresh);
    const taken = new Set<Sequence>();
    for (let place: Place | null = head; place !== null && entries.length < most && bytes < windowBytes; ) {
      if (sequenceAt(place) >= end || !inHand(place) || hasExpired(place, nowMs)) break;
      queue.again.pop();
      // A message that came back twice stands in the heap twice.
      if (!taken.has(sequenceAt(place))) bytes += give(entries, place.chunk, place.row, session, bodies);
      taken.add(sequenceAt(place));
      place = nextAgain(queue);
    }
    return entries;
  }
  return takeFresh(queue, head, session, most, windowBytes, inHand, bodies, nowMs);
}

/** The run of fresh messages that begins with `head`: column by column, as most messages come and go in such runs. */
function takeFresh(
  queue: Queue,
  { chunk, row: first }: Place,
  session: Session,
  most: number,
  windowBytes: number,
  inHand: (place: Place) => boolean,
  bodies: BodyWindow,
  nowMs: number,
): DeliverEntries {
  const entries = new DeliverEntries();
  const { status, count } = chunk;
  const end = queue.again.peek() ?? Number.POSITIVE_INFINITY;
  const mayBeUnreadable = queue.unreadable.size > 0;
  const mayBeOver = chunk.expiring;
  let bytes = session.inflightBytes;
  let position: Position | null = null;
  for (let row = first; row < count && entries.length < most && bytes < windowBytes; row += 1) {
    if (status[row] !== READY) continue;
    const sequence = asSequence(chunk.sequenceOf(row));
    if (sequence >= end) break;
    if (mayBeUnreadable && queue.unreadable.has(sequence)) continue;
    if (mayBeOver && hasExpired({ chunk, row }, nowMs)) break;
    const at = asPosition(chunk.positionOf(row));
    if (at !== position) {
      if (!inHand({ chunk, row })) break;
      position = at;
    }
    bytes += give(entries, chunk, row, session, bodies);
  }
  return entries;
}

/** Adds the message in this row, and gives what it takes of the consumer's window. */
function give(entries: DeliverEntries, chunk: Chunk, row: number, { plain }: Session, bodies: BodyWindow): number {
  const position = asPosition(chunk.positionOf(row));
  const offset = chunk.offset[row] as number;
  const length = chunk.length[row] as number;
  // A small body may become a large one on the way to a consumer of plain bodies: the window counts what arrives.
  const weight = plain ? bodies.plainLength(position, offset, length) : length;
  entries.push(
    asSequence(chunk.sequenceOf(row)),
    position,
    offset,
    length,
    weight,
    chunk.acceptedAtMsOf(row),
    chunk.failedOf(row) + 1,
    chunk.returnedOf(row),
  );
  return weight;
}
