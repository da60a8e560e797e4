// What a queue may give next where messages have classes or lanes: class, then the heads of lanes, then sequence (ADR 16). A queue
// gets one with its first such message; messages without traits stay with the cursor of the entry table.
//
// Built from the rows and from what happens to them, so a restart builds it again. Heaps may name what is gone, out, or no head
// any more: whoever looks drops it. Invariant: a lane whose lowest member is READY, with nothing out, not paused and not settling, is
// offered; a READY message without a lane stands among the heads of its class.

import type { EntryTable } from './entry-table.ts';
import {
  classAt,
  DEAD,
  failedAt,
  LEASED,
  laneAt,
  type Place,
  READY,
  sequenceAt,
  statusAt,
  WAITING,
} from './entry-table.ts';
import type { Position, Sequence } from './ids.ts';
import { Lane } from './lane.ts';
import { NO_LANE } from './message-traits.ts';
import type { Queue } from './queue.ts';
import { SequenceHeap } from './sequence-heap.ts';

/** Whether a message that has used up its attempts stops its key here, instead of becoming a dead letter. */
export const parks = ({ policy }: Queue, place: Place): boolean =>
  laneAt(place) !== NO_LANE && policy.order !== 'none' && policy.poisoned !== 'dead-letter';

/** What heaps may hold too much of before they are rid of it. */
const SPARE = 1_024;

export class DeliveryOrder {
  readonly lanes = new Map<number, Lane>();
  /** Keys whose head has used up its attempts and is tried again all the same, at the longest delay. */
  readonly parked = new Set<number>();
  /** By class. */
  readonly #heads: (SequenceHeap | undefined)[] = [];
  #classes: readonly number[] = [];
  /** Messages that went and may still stand among the heads. */
  #stale = 0;
  /** Lanes whose last settlement may not be durable yet. */
  #settling: Lane[] = [];
  readonly #queue: Queue;
  readonly #entries: EntryTable;
  /** Whether lanes mean anything in this queue. */
  readonly keyed: boolean;

  constructor(queue: Queue) {
    this.#queue = queue;
    this.#entries = queue.entries;
    this.keyed = queue.policy.order !== 'none';
  }

  /** Classes that may have heads, ascending. */
  get classes(): readonly number[] {
    return this.#classes;
  }

  /** Where the first settlement stands that a lane waits for; null: none waits. */
  get settlingAt(): Position | null {
    return this.#settling[0]?.settledAt ?? null;
  }

  laneOf(place: Place): Lane | null {
    const key = this.keyed ? laneAt(place) : NO_LANE;
    return key === NO_LANE ? null : (this.lanes.get(key) ?? null);
  }

  /** A live message with traits that is new here, whatever its status is. */
  add(place: Place): void {
    const key = this.keyed ? laneAt(place) : NO_LANE;
    const status = statusAt(place);
    if (key !== NO_LANE) {
      let lane = this.lanes.get(key);
      if (lane === undefined) {
        lane = new Lane(key);
        this.lanes.set(key, lane);
      }
      lane.count += 1;
      if (status === LEASED) lane.out = sequenceAt(place);
      // One that failed keeps its place while it waits; one that is not due yet has none.
      if (status === LEASED || (status === WAITING && failedAt(place) > 0)) lane.members.push(sequenceAt(place));
      this.failed(place);
    }
    if (status === READY) this.ready(place);
  }

  /** It became READY. */
  ready(place: Place): void {
    const sequence = sequenceAt(place);
    const lane = this.laneOf(place);
    if (lane === null) {
      this.#headsOf(classAt(place)).push(sequence);
      return;
    }
    if (lane.members.peek() !== sequence) lane.members.push(sequence);
    this.#offer(lane);
  }

  /** Its count of failures has changed. */
  failed(place: Place): void {
    const lane = this.laneOf(place);
    if (lane === null) return;
    if (parks(this.#queue, place) && failedAt(place) >= this.#queue.policy.attemptsMax) this.parked.add(lane.key);
    else if (this.#leads(lane, place)) this.parked.delete(lane.key);
  }

  /** A consumer is given it. */
  leased(place: Place): void {
    const lane = this.laneOf(place);
    if (lane === null) return;
    lane.out = sequenceAt(place);
    lane.offered = 0;
  }

  /** Its lease ended, and it is still here. */
  back(place: Place): void {
    const lane = this.laneOf(place);
    if (lane !== null && lane.out === sequenceAt(place)) lane.out = 0;
  }

  /** It goes, for good or to the dead letters, by what stands at `at`. Its row is still there. */
  gone(place: Place, at: Position): void {
    const lane = this.laneOf(place);
    this.#stale += 1;
    if (lane === null) return;
    const sequence = sequenceAt(place);
    lane.count -= 1;
    const stood = lane.out === sequence || this.#leads(lane, place);
    if (lane.out === sequence) lane.out = 0;
    if (lane.offered === sequence) lane.offered = 0;
    if (lane.members.peek() === sequence) lane.members.pop();
    if (lane.members.size > 2 * lane.count + SPARE) {
      lane.members.keep((member) => member !== sequence && this.#entries.find(member) !== null);
    }
    if (lane.count === 0) {
      this.parked.delete(lane.key);
      this.lanes.delete(lane.key);
      return;
    }
    if (!stood) return;
    this.parked.delete(lane.key);
    lane.settledAt = at;
    if (lane.settling) return;
    lane.settling = true;
    this.#settling.push(lane);
  }

  /** The key was resumed, or the head of its lane was given another chance. */
  again(key: number): void {
    const lane = this.lanes.get(key);
    if (lane === undefined) return;
    lane.offered = 0;
    this.#offer(lane);
  }

  /** Lanes go on whose last settlement is durable. */
  release(durable: Position): void {
    if (this.#settling.length === 0 || (this.#settling[0] as Lane).settledAt > durable) return;
    const waiting: Lane[] = [];
    for (const lane of this.#settling) {
      if (lane.settledAt > durable && this.lanes.get(lane.key) === lane) {
        waiting.push(lane);
        continue;
      }
      lane.settling = false;
      this.#offer(lane);
    }
    this.#settling = waiting;
  }

  /** The heads do not grow with messages that nobody was given. Asked for once a turn. */
  clean(): void {
    if (this.#stale <= SPARE) return;
    const size = this.#heads.reduce((sum, heads) => sum + (heads?.size ?? 0), 0);
    if (this.#stale <= size / 2) return;
    this.#stale = 0;
    for (const heads of this.#heads) heads?.keep((sequence) => this.#entries.find(sequence) !== null);
  }

  /** The head of this class with the lowest sequence, or null. */
  head(rank: number): Place | null {
    const heads = this.#heads[rank];
    if (heads === undefined) return null;
    for (;;) {
      const sequence = heads.peek();
      if (sequence === null) return null;
      const place = this.#entries.find(sequence);
      if (place !== null && this.#isHead(place)) return place;
      this.#drop(heads, place);
    }
  }

  /** Takes what `head` gave off the heads: it is about to be leased. */
  take(rank: number, place: Place): void {
    const heads = this.#heads[rank];
    while (heads?.peek() === sequenceAt(place)) heads.pop();
    // Nothing else of its lane goes with it.
    this.leased(place);
  }

  /** The lowest live member that has joined. */
  headOf(lane: Lane): Place | null {
    for (;;) {
      const sequence = lane.members.peek();
      if (sequence === null) return null;
      const place = this.#entries.find(sequence);
      if (place !== null && statusAt(place) !== DEAD) return place;
      lane.members.pop();
    }
  }

  /** For who checks: O(n). */
  standsIn(rank: number, sequence: Sequence): boolean {
    return this.#heads[rank]?.items.includes(sequence) === true;
  }

  #isHead(place: Place): boolean {
    if (statusAt(place) !== READY || this.#queue.unreadable.has(sequenceAt(place))) return false;
    const lane = this.laneOf(place);
    if (lane === null) return true;
    return this.#mayGive(lane) && this.#leads(lane, place);
  }

  #leads(lane: Lane, place: Place): boolean {
    const sequence = sequenceAt(place);
    if (lane.members.peek() === sequence) return true;
    const head = this.headOf(lane);
    return head !== null && sequenceAt(head) === sequence;
  }

  #mayGive(lane: Lane): boolean {
    return lane.out === 0 && !lane.settling && !this.#queue.pausedKeys.has(lane.key);
  }

  #drop(heads: SequenceHeap, place: Place | null): void {
    heads.pop();
    if (place === null) return;
    const lane = this.laneOf(place);
    if (lane !== null && lane.offered === sequenceAt(place)) lane.offered = 0;
  }

  #offer(lane: Lane): void {
    if (!this.#mayGive(lane)) return;
    const head = this.headOf(lane);
    if (head === null || statusAt(head) !== READY || lane.offered === sequenceAt(head)) return;
    lane.offered = sequenceAt(head);
    this.#headsOf(classAt(head)).push(lane.offered);
  }

  #headsOf(rank: number): SequenceHeap {
    let heads = this.#heads[rank];
    if (heads === undefined) {
      heads = this.#heads[rank] = new SequenceHeap();
      this.#classes = [...this.#classes, rank].sort((a, b) => a - b);
    }
    return heads;
  }
}
