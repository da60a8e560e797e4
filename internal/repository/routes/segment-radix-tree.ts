// Finds the patterns of one tenant that match a topic: a radix tree whose digits are whole segments. From a node a
// topic can go on by its literal child and by the `*` child, so a look-up walks several branches on a stack of its
// own. A tree has one way to each node, so a look-up visits no node twice, whatever the patterns look like: never
// more nodes than there are, and with L levels never more than 2^(L+1).
//
// Nodes are numbers, each with four words in one Int32Array; literal edges are in one table. What a node costs in
// time is then one cache line for itself and one for its edge (docs/adr/0005-radix-tree.md has the figures).

import { TOPIC_LEVELS_MAX } from '../../../pkg/protocol/topic.ts';
import { invariant } from '../../domain/assert.ts';
import type { RouteEntry } from '../../domain/route-index.ts';
import type { FoundRoutes } from '../../domain/route-precedence.ts';
import { EdgeTable } from './edge-table.ts';
import { NO_ATOM, SegmentAtoms, STAR_ATOM } from './segment-atoms.ts';

const ROOT = 0;
const NODES_MIN = 16;

/** A node's words. 0 means none in each of them, as neither the root nor place 0 is ever referred to. */
const NODE = 4;
const STAR = 0;
const LITERALS = 1; // how many literal edges leave it
const EXACT = 2; // the place of the first route whose pattern ends here
const TAIL = 3; // the place of the first route whose pattern goes on with `>`

export class SegmentRadixTree {
  readonly #atoms = new SegmentAtoms();
  readonly #edges = new EdgeTable();
  #nodes = new Int32Array(NODES_MIN * NODE);
  #nodesUsed = 1;
  readonly #freeNodes: number[] = [];
  // Routes have places; those of one pattern are a chain. Two flat lists cost a look-up less than a list per pattern.
  readonly #routes: (RouteEntry | null)[] = [null];
  readonly #nextPlace: number[] = [0];
  readonly #freePlaces: number[] = [];
  // Scratch of a look-up, which is synchronous. A visit takes one node off the stack and puts at most two on it,
  // both a level deeper, so the stack holds at most one node per level and one more. The sign of a stacked depth
  // says whether the way there was literal (positive) or went by a star. The lists of places never shrink.
  readonly #topic = new Int32Array(TOPIC_LEVELS_MAX);
  readonly #stack = new Int32Array(2 * (TOPIC_LEVELS_MAX + 2));
  readonly #starPlaces: number[] = [];
  readonly #tailPlaces: number[] = [];
  #visited = 0;

  get isEmpty(): boolean {
    return this.nodeCount === 1 && this.#nodes[ROOT + TAIL] === 0;
  }

  get nodeCount(): number {
    return this.#nodesUsed - this.#freeNodes.length;
  }

  /** Nodes and places ever taken at one time: what the tree keeps memory for. */
  get capacity(): number {
    return this.#nodesUsed + this.#routes.length;
  }

  /** Nodes that the last look-up went to. */
  get visited(): number {
    return this.#visited;
  }

  add(entry: RouteEntry): void {
    const segments = entry.pattern.split('.');
    const kind = takeTail(segments) ? TAIL : EXACT;
    let node = ROOT;
    for (const segment of segments) node = this.#childFor(node, segment);
    const at = node * NODE + kind;
    const place = this.#freePlaces.pop() ?? this.#routes.length;
    this.#routes[place] = entry;
    this.#nextPlace[place] = this.#nodes[at] as number;
    this.#nodes[at] = place;
  }

  remove(entry: RouteEntry): void {
    const segments = entry.pattern.split('.');
    const kind = takeTail(segments) ? TAIL : EXACT;
    const path = [ROOT];
    for (const segment of segments) path.push(this.#child(path.at(-1) as number, segment));
    this.#dropFrom(path.at(-1) as number, kind, entry);
    for (let level = segments.length; level > 0; level--) {
      this.#releaseStep(path[level - 1] as number, segments[level - 1] as string, path[level] as number);
    }
  }

  /** The routes that match the topic, in a list that the caller may keep. */
  collect(topic: string): FoundRoutes {
    const levels = this.#readTopic(topic);
    const nodes = this.#nodes;
    const edges = this.#edges;
    const topicAtoms = this.#topic;
    const stack = this.#stack;
    let literalPlace = 0;
    let starCount = 0;
    let tailCount = 0;
    let visited = 0;
    let top = 0;
    stack[top++] = ROOT;
    stack[top++] = 1;
    while (top > 0) {
      const way = stack[--top] as number;
      const node = stack[--top] as number;
      const next = way > 0 ? way + 1 : way - 1; // depths are stacked plus one, so that they have a sign
      const depth = Math.abs(way) - 1;
      const at = node * NODE;
      visited++;
      if (depth === levels) {
        const place = nodes[at + EXACT] as number;
        if (place === 0) continue;
        if (way > 0) literalPlace = place;
        else this.#starPlaces[starCount++] = place;
        continue;
      }
      const tail = nodes[at + TAIL] as number;
      if (tail !== 0) this.#tailPlaces[tailCount++] = tail;
      const star = nodes[at + STAR] as number;
      if (star !== 0) {
        stack[top++] = star;
        stack[top++] = -Math.abs(next);
      }
      const atom = topicAtoms[depth] as number;
      if (atom === NO_ATOM || nodes[at + LITERALS] === 0) continue;
      const literal = edges.find(node, atom);
      if (literal !== 0) {
        stack[top++] = literal;
        stack[top++] = next;
      }
    }
    this.#visited = visited;
    return this.#found(literalPlace, starCount, tailCount);
  }

  /** O(n): what the tree says of itself agrees with what is reachable. */
  checkInvariants(): void {
    let stars = 0;
    let literals = 0;
    let routes = 0;
    for (let node = ROOT; node < this.#nodesUsed; node++) {
      const at = node * NODE;
      if ((this.#nodes[at + STAR] as number) !== 0) stars++;
      literals += this.#nodes[at + LITERALS] as number;
      for (const kind of [EXACT, TAIL]) {
        for (let place = this.#nodes[at + kind] as number; place !== 0; place = this.#nextPlace[place] as number) {
          invariant(this.#routes[place] !== null, `place ${place} of node ${node} holds a route`);
          routes++;
        }
      }
    }
    const placesUsed = this.#routes.length - 1 - this.#freePlaces.length;
    invariant(routes === placesUsed, `${routes} routes hang on nodes, ${placesUsed} have a place`);
    invariant(literals === this.#edges.size, `nodes count ${literals} literal edges, the table ${this.#edges.size}`);
    invariant(
      this.nodeCount === 1 + stars + literals,
      `${this.nodeCount} nodes hang on ${stars + literals} edges and the root`,
    );
    invariant(!this.isEmpty || this.#atoms.size === 0, 'an empty tree holds no segment');
  }

  #found(literalPlace: number, starCount: number, tailCount: number): FoundRoutes {
    const routes: RouteEntry[] = [];
    this.#copyChain(literalPlace, routes);
    const starFrom = routes.length;
    for (let i = 0; i < starCount; i++) this.#copyChain(this.#starPlaces[i] as number, routes);
    const tailFrom = routes.length;
    for (let i = 0; i < tailCount; i++) this.#copyChain(this.#tailPlaces[i] as number, routes);
    return { routes, starFrom, tailFrom };
  }

  #copyChain(first: number, into: RouteEntry[]): void {
    for (let place = first; place !== 0; place = this.#nextPlace[place] as number)
      into.push(this.#routes[place] as RouteEntry);
  }

  /** Fills the scratch with the topic's atoms; gives the number of levels. */
  #readTopic(topic: string): number {
    let levels = 0;
    let start = 0;
    for (;;) {
      const dot = topic.indexOf('.', start);
      this.#topic[levels++] = this.#atoms.find(dot < 0 ? topic.slice(start) : topic.slice(start, dot));
      if (dot < 0) return levels;
      start = dot + 1;
    }
  }

  #child(node: number, segment: string): number {
    const child =
      segment === '*' ? (this.#nodes[node * NODE + STAR] as number) : this.#edges.find(node, this.#atoms.find(segment));
    invariant(child !== 0, `removed segment ${segment} is in the tree`);
    return child;
  }

  #childFor(node: number, segment: string): number {
    const atom = segment === '*' ? STAR_ATOM : this.#atoms.hold(segment);
    const known = atom === STAR_ATOM ? (this.#nodes[node * NODE + STAR] as number) : this.#edges.find(node, atom);
    if (known !== 0) return known;
    const child = this.#takeNode();
    if (atom === STAR_ATOM) {
      this.#nodes[node * NODE + STAR] = child;
    } else {
      this.#edges.add(node, atom, child);
      this.#nodes[node * NODE + LITERALS] = (this.#nodes[node * NODE + LITERALS] as number) + 1;
    }
    return child;
  }

  /** Gives the segment back, and the child where nothing hangs on it any more. */
  #releaseStep(parent: number, segment: string, child: number): void {
    const at = child * NODE;
    const unused = this.#nodes.subarray(at, at + NODE).every((word) => word === 0);
    if (unused) {
      this.#freeNodes.push(child);
      if (segment === '*') {
        this.#nodes[parent * NODE + STAR] = 0;
      } else {
        this.#edges.remove(parent, this.#atoms.find(segment));
        this.#nodes[parent * NODE + LITERALS] = (this.#nodes[parent * NODE + LITERALS] as number) - 1;
      }
    }
    if (segment !== '*') this.#atoms.release(segment);
  }

  #dropFrom(node: number, kind: number, entry: RouteEntry): void {
    const at = node * NODE + kind;
    let before = 0;
    let place = this.#nodes[at] as number;
    while (place !== 0 && this.#routes[place] !== entry) {
      before = place;
      place = this.#nextPlace[place] as number;
    }
    invariant(place !== 0, `removed route ${entry.route} is in the tree`);
    const next = this.#nextPlace[place] as number;
    if (before === 0) this.#nodes[at] = next;
    else this.#nextPlace[before] = next;
    this.#routes[place] = null;
    this.#freePlaces.push(place);
  }

  #takeNode(): number {
    const free = this.#freeNodes.pop();
    if (free !== undefined) return free;
    const node = this.#nodesUsed++;
    if (node * NODE === this.#nodes.length) {
      const grown = new Int32Array(this.#nodes.length * 2);
      grown.set(this.#nodes);
      this.#nodes = grown;
    }
    return node;
  }
}

/** Takes a final `>` off; says whether there was one. */
function takeTail(segments: string[]): boolean {
  if (segments.at(-1) !== '>') return false;
  segments.pop();
  return true;
}
