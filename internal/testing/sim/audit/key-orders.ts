// Order within a partition key: by the tokens of its deliveries, which grow in the order of hand-over over all lives of the broker,
// no message of a key comes behind a later one, whatever failed, was returned, or crashed between.

import { Violation } from './violation.ts';

interface HandedOver {
  readonly queue: string;
  readonly sequence: number;
  readonly delivery: number;
}

export class KeyOrders {
  /** By queue and key: deliveries by token. */
  readonly #orders = new Map<string, HandedOver[]>();

  handedOver({ queue, sequence, delivery }: HandedOver, key: string, told: string): void {
    const name = `${queue}\u0000${key}`;
    const order = this.#orders.get(name) ?? [];
    this.#orders.set(name, order);
    let at = order.length;
    while (at > 0 && (order[at - 1] as HandedOver).delivery > delivery) at -= 1;
    const before = order[at - 1];
    const behind = order[at];
    if ((before !== undefined && before.sequence > sequence) || (behind !== undefined && behind.sequence < sequence)) {
      const other = before !== undefined && before.sequence > sequence ? before : behind;
      throw new Violation(
        'reordered',
        `${told}: of key "${key}" message ${other?.sequence} was given as delivery ${other?.delivery}`,
      );
    }
    order.splice(at, 0, { queue, sequence, delivery });
  }
}
