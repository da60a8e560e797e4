// What a run still waits for, in one line: for the violation that says that it does not calm down.

import type { Producer } from './workload/producer.ts';
import type { SimBroker } from './world/sim-broker.ts';

export function whatIsLeft({ engine, disk }: SimBroker, producers: readonly Producer[], operatorBusy: boolean): string {
  if (engine === null) return 'the broker is down';
  const queues = [...engine.state.queues.values()]
    .filter((queue) => queue.depth > 0)
    .map(
      ({ name, ready, leased, waiting, consumers }) =>
        `${name}: ${ready} ready, ${leased} leased, ${waiting} waiting, ${consumers.length} consumers`,
    );
  const unconfirmed = producers.map((producer) => `${producer.name}: ${producer.unconfirmed} unconfirmed`);
  const { journal } = engine;
  const room = JSON.stringify(journal.room());
  const written = `position ${engine.broker.position}, durable ${journal.durable}, room ${room}, disk operations ${disk.inFlight}`;
  const held = `${engine.broker.held} held`;
  return [...queues, ...unconfirmed, held, written, `operator busy: ${operatorBusy}`].join('; ');
}
