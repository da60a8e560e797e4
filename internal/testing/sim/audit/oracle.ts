// The last word, when everything has been drained and the broker has started once more: for each confirmed message and
// each queue that it was owed to, somebody answered for it, or it is a whole dead letter, or an operator removed it.

import { BlockView } from '../../../../pkg/protocol/block.ts';
import { blockAt } from '../../../domain/evolve.ts';
import type { Sequence } from '../../../domain/ids.ts';
import { readBlocks, type WantedBlock } from '../../../usecase/read-blocks.ts';
import { LETTERS, LOST, ONCE, type Plan } from '../plan.ts';
import type { SimBroker } from '../world/sim-broker.ts';
import type { Auditor } from './auditor.ts';
import type { Book, Page } from './book.ts';
import type { Model } from './model.ts';
import { Violation } from './violation.ts';

export interface Verdict {
  /** Messages in queues that were owed, and what became of them. */
  readonly owed: number;
  readonly answered: number;
  readonly dead: number;
  readonly removed: number;
  /** Worth nothing after a time, and nobody answered for them. */
  readonly expired: number;
  /** Handed over at most once, and not seen by anybody. */
  readonly lostAtHandOver: number;
  /** Kept by the broker as what no route takes. */
  readonly unroutable: number;
  /** Of dead letters, that came under their own topics. */
  readonly copies: number;
}

/** Each death has one copy, and nothing else has: neither replays nor purges are among the troubles. */
function copiesOf(page: Page, dead: ReadonlyMap<string, ReadonlySet<Page>>, auditor: Auditor): number {
  const deaths = [...dead.values()].filter((pages) => pages.has(page)).length;
  const copies = auditor.copies.get(page)?.size ?? 0;
  if (deaths === copies) return copies;
  const told = `message ${page.number} ("${page.topic}") died in ${deaths} queues, and ${copies} copies came`;
  throw new Violation(copies < deaths ? 'lost' : 'duplicated', told);
}

export async function judge(
  broker: SimBroker,
  book: Book,
  model: Model,
  auditor: Auditor,
  pump: () => boolean,
  { queues }: Pick<Plan, 'queues'>,
): Promise<Verdict> {
  // Of the broker's own messages, those that a route takes for certain and all the time.
  const keepsLost = queues.some(({ name }) => name === LOST);
  const keepsLetters = queues.some(({ name }) => name === LETTERS);
  const dead = deadLetters(broker, book, auditor, pump);
  const verdict = {
    owed: 0,
    answered: 0,
    dead: 0,
    removed: 0,
    expired: 0,
    lostAtHandOver: 0,
    unroutable: 0,
    copies: 0,
  };
  for (const page of book.pages) {
    if (page.confirmedAt === null) {
      if (page.refused === null)
        throw new Violation('stalled', `message ${page.number} was neither confirmed nor refused`);
      continue;
    }
    if (keepsLost && !model.mayLead(page, page.sentAt, page.confirmedAt)) {
      verdict.unroutable += 1;
      if (!auditor.answered(LOST, page)) {
        throw new Violation('lost', `message ${page.number} is unroutable, was confirmed, and is not in "${LOST}"`);
      }
    }
    if (keepsLetters) verdict.copies += copiesOf(page, dead, auditor);
    for (const queue of model.must(page, page.sentAt, page.confirmedAt)) {
      verdict.owed += 1;
      if (auditor.answered(queue, page)) verdict.answered += 1;
      else if (dead.get(queue)?.has(page) === true) verdict.dead += 1;
      else if (model.mayBeRemoved(queue, page.sentAt)) verdict.removed += 1;
      else if (page.ttlMs !== null) verdict.expired += 1;
      else if (queue === ONCE) verdict.lostAtHandOver += 1;
      else {
        const told = `message ${page.number} ("${page.topic}", ${page.producer} ${page.order}) of "${queue}"`;
        throw new Violation(
          'lost',
          `${told} was confirmed, delivered ${auditor.deliveries(queue, page)} times, and nobody answered for it`,
        );
      }
    }
  }
  return verdict;
}

/** The pages of the dead letters of each queue, each read from the journal and compared byte for byte. */
function deadLetters(broker: SimBroker, book: Book, auditor: Auditor, pump: () => boolean): Map<string, Set<Page>> {
  const { engine } = broker;
  const found = new Map<string, Set<Page>>();
  for (const queue of engine?.state.queues.values() ?? []) {
    const pages = new Set<Page>();
    found.set(queue.name, pages);
    const wanted: WantedBlock[] = [];
    for (const sequence of queue.dead.keys()) {
      const place = queue.entries.find(sequence as Sequence);
      if (place === null) throw new Violation('lost', `dead letter ${sequence} of "${queue.name}" has no entry`);
      wanted.push(blockAt(place));
    }
    if (engine === null) continue;
    let blocks: readonly (Uint8Array | null)[] | null = null;
    readBlocks(engine.journal, engine.broker.bodies, wanted, (read) => {
      blocks = read;
    });
    while (blocks === null) if (!pump()) throw new Violation('stalled', 'the dead letters cannot be read');
    for (const block of blocks as readonly (Uint8Array | null)[]) {
      if (block === null) throw new Violation('lost', `a dead letter of "${queue.name}" cannot be read`);
      const view = new BlockView(block, 0);
      const page = book.pageOf(view.topic, view.messageId, view.body);
      auditor.dead(queue.name, page);
      pages.add(page);
    }
  }
  return found;
}
