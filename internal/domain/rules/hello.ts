// Hello: opens a producer, or lets one come back. One that comes back begins a new epoch; whoever spoke for it before
// is refused from then on.

import type { Hello } from '../command.ts';
import { type Decision, draft, type Moment, refuse, refusedOnly } from '../decision.ts';
import type { PeerId, ProducerId } from '../ids.ts';
import type { Producer } from '../producer.ts';
import type { State } from '../state.ts';

const FULL_RETRY_MS = 5_000;
/** A producer that was here within this time may be on its way back. */
const IDLE_MS = 60_000;

export function hello(state: State, command: Hello, moment: Moment): Decision {
  const { peer, tenant, producer } = command;
  if (state.draining) return refusedOnly(refuse(peer, 'hello', 'DRAINING', 'the broker is shutting down'));
  if (producer === null) {
    return { drafts: [], effects: [{ type: 'hello-ok', gated: false, peer, tenant, producer: null }], urgent: false };
  }
  if (!state.hasControlRoom) {
    return refusedOnly(refuse(peer, 'hello', 'STORAGE_FULL', 'no room to open a producer', null, FULL_RETRY_MS));
  }
  if (producer === 'new') {
    const { hash, token } = command.fresh;
    const open = opened(state, command, state.nextProducer, 1, hash, token, 0, moment);
    if (state.producers.size < state.limits.producersMax) return open;
    const idle = longestIdle(state, moment.nowMs);
    if (idle !== null) {
      return { ...open, drafts: [draft({ type: 'producer-expired', producer: idle.id }), ...open.drafts] };
    }
    const detail = `${state.producers.size} producers are open`;
    return refusedOnly(refuse(peer, 'hello', 'TOO_MANY_PRODUCERS', detail, null, FULL_RETRY_MS));
  }
  const known = state.producers.get(producer.id);
  if (known === undefined || known.tenant !== tenant || known.tokenHash !== producer.tokenHash) {
    return refusedOnly(refuse(peer, 'hello', 'UNKNOWN_PRODUCER', `producer ${producer.id}`));
  }
  return opened(state, command, known.id, known.epoch + 1, known.tokenHash, null, known.window.highest, moment);
}

/** At the bound, the one that has been away and quiet the longest goes: many short-lived producers bar nobody. */
function longestIdle(state: State, nowMs: number): Producer | null {
  let oldest: Producer | null = null;
  for (const producer of state.producers.values()) {
    if (state.producerPeer.has(producer.id) || nowMs - producer.lastUsedMs < IDLE_MS) continue;
    if (oldest === null || producer.lastUsedMs < oldest.lastUsedMs) oldest = producer;
  }
  return oldest;
}

function opened(
  state: State,
  { peer, tenant }: Hello,
  id: ProducerId,
  epoch: number,
  tokenHash: string,
  token: string | null,
  highestSequence: number,
  moment: Moment,
): Decision {
  return {
    drafts: [draft({ type: 'producer-opened', producer: id, tenant, epoch, tokenHash, atMs: moment.nowMs })],
    effects: [{ type: 'hello-ok', gated: true, peer, tenant, producer: { id, token, epoch, highestSequence } }],
    urgent: true,
    then: () => {
      forgetProducerPeer(state, peer);
      const before = state.producerPeer.get(id);
      if (before !== undefined) state.peerProducer.delete(before);
      state.producerPeer.set(id, peer);
      state.peerProducer.set(peer, id);
    },
  };
}

/** The connection speaks for no producer any more. */
export function forgetProducerPeer(state: State, peer: PeerId): void {
  const producer = state.peerProducer.get(peer);
  if (producer === undefined) return;
  state.peerProducer.delete(peer);
  if (state.producerPeer.get(producer) === peer) state.producerPeer.delete(producer);
}
