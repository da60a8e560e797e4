// Who asked for which prefixes of a topic: a byte trie with whole runs of bytes on its edges, so that finding the
// matches costs one walk down the topic, whatever the number of subscribers, and a long prefix costs one node.
//
// Invariants: no two children of a node begin with the same byte; a node without subscribers has at least two children,
// save the root.

export interface Subscriber {
  /** The search that found this subscriber last: it is found once, even if several of its prefixes match. */
  foundBy: number;
}

interface Node<S> {
  /** The run of bytes from the parent to here. */
  edge: Uint8Array;
  /** By the first byte of the edge. */
  children: Map<number, Node<S>>;
  subscribers: S[];
}

let lastSearch = 0;

export class PrefixTree<S extends Subscriber> {
  readonly #root: Node<S> = { edge: new Uint8Array(0), children: new Map(), subscribers: [] };
  readonly #found: S[] = [];

  /** The subscribers of every prefix of the topic, each once. The array is used again by the next search. */
  find(topic: Uint8Array): readonly S[] {
    const found = this.#found;
    found.length = 0;
    lastSearch += 1;
    const search = lastSearch;
    let node = this.#root;
    let at = 0;
    for (;;) {
      const { subscribers } = node;
      for (let index = 0; index < subscribers.length; index += 1) {
        const subscriber = subscribers[index]!;
        if (subscriber.foundBy === search) continue;
        subscriber.foundBy = search;
        found.push(subscriber);
      }
      if (at === topic.length || node.children.size === 0) return found;
      const child = node.children.get(topic[at]!);
      if (child === undefined || !isPrefix(child.edge, topic, at)) return found;
      at += child.edge.length;
      node = child;
    }
  }

  /** Adds a subscriber that is not there yet; true if it is the first of this prefix. The bytes are copied. */
  add(prefix: Uint8Array, subscriber: S): boolean {
    const node = this.#nodeFor(prefix);
    node.subscribers.push(subscriber);
    return node.subscribers.length === 1;
  }

  /** Removes a subscriber; true if it was the last of this prefix. */
  remove(prefix: Uint8Array, subscriber: S): boolean {
    const path: Node<S>[] = [this.#root];
    let node = this.#root;
    let at = 0;
    while (at < prefix.length) {
      const child = node.children.get(prefix[at]!);
      if (child === undefined || !isPrefix(child.edge, prefix, at)) return false;
      at += child.edge.length;
      path.push(child);
      node = child;
    }
    const index = node.subscribers.indexOf(subscriber);
    if (index === -1) return false;
    node.subscribers.splice(index, 1);
    if (node.subscribers.length > 0) return false;
    tidy(path);
    return true;
  }

  /** Nodes below the root: what the tree costs. */
  get size(): number {
    const count = (node: Node<S>): number => [...node.children.values()].reduce((sum, child) => sum + count(child), 1);
    return count(this.#root) - 1;
  }

  #nodeFor(prefix: Uint8Array): Node<S> {
    let node = this.#root;
    let at = 0;
    while (at < prefix.length) {
      const child = node.children.get(prefix[at]!);
      if (child === undefined) return grow(node, prefix.slice(at));
      const common = commonLength(child.edge, prefix, at);
      node = common === child.edge.length ? child : split(node, child, common);
      at += common;
    }
    return node;
  }
}

function grow<S>(parent: Node<S>, edge: Uint8Array): Node<S> {
  const node: Node<S> = { edge, children: new Map(), subscribers: [] };
  parent.children.set(edge[0]!, node);
  return node;
}

/** Puts a node into the edge of a child, behind its first `length` bytes. */
function split<S>(parent: Node<S>, child: Node<S>, length: number): Node<S> {
  const middle = grow(parent, child.edge.slice(0, length));
  child.edge = child.edge.slice(length);
  middle.children.set(child.edge[0]!, child);
  return middle;
}

/** Takes the last node of the path away if nothing hangs on it, and joins edges that no longer fork. */
function tidy<S>(path: readonly Node<S>[]): void {
  const node = path.at(-1)!;
  const parent = path.at(-2);
  if (parent === undefined) return;
  if (node.children.size === 0) {
    parent.children.delete(node.edge[0]!);
    const above = path.at(-3);
    if (above !== undefined && parent.subscribers.length === 0) join(above, parent);
  } else {
    join(parent, node);
  }
}

/** Replaces a node that has one child and no subscribers by that child. */
function join<S>(parent: Node<S>, node: Node<S>): void {
  if (node.children.size !== 1 || node.subscribers.length > 0) return;
  const [child] = node.children.values();
  if (child === undefined) return;
  const edge = new Uint8Array(node.edge.length + child.edge.length);
  edge.set(node.edge, 0);
  edge.set(child.edge, node.edge.length);
  child.edge = edge;
  parent.children.set(edge[0]!, child);
}

function isPrefix(edge: Uint8Array, bytes: Uint8Array, at: number): boolean {
  if (at + edge.length > bytes.length) return false;
  for (let index = 0; index < edge.length; index += 1) if (edge[index] !== bytes[at + index]) return false;
  return true;
}

function commonLength(edge: Uint8Array, bytes: Uint8Array, at: number): number {
  const most = Math.min(edge.length, bytes.length - at);
  let length = 0;
  while (length < most && edge[length] === bytes[at + length]) length += 1;
  return length;
}
