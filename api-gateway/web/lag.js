// Why a queue is as it is, from what the broker tells of it, its sessions and itself: one word and one sentence.

const said = (state, tone, why) => ({ state, tone, why });

const isOf = (queue) => (session) =>
  session.live && session.tenant_id === queue.tenant_id && session.queues.includes(queue.queue);

const DRAINED = said('drained', 'warn', 'Nothing is left in it, and nothing new is taken: somebody drains it.');

/** `sessions` may be null where nobody knows them; `status` too. A queue that is drained may stand for another reason. */
export function lagOf(queue, sessions, status) {
  const lag = standOf(queue, sessions, status);
  if (queue.draining !== true) return lag;
  if (queue.depth === 0 && queue.paused !== true) return DRAINED;
  const why = `${lag.why} It takes nothing new: somebody drains it.`;
  return lag.tone === 'good' ? said('draining', 'warn', why) : { ...lag, why, beside: 'draining' };
}

function standOf(queue, sessions, status) {
  const { depth, ready, leased, waiting_retry: retrying, scheduled: later = 0, consumers } = queue;
  if (queue.paused === true) return said('paused', 'warn', 'Somebody paused it.');
  if (depth === 0)
    return consumers === 0
      ? said('empty', 'calm', 'Nothing waits and nobody consumes.')
      : said('idle', 'good', 'Nothing waits.');
  if (status?.journal?.blocked) return said('blocked', 'bad', 'The journal cannot be written.');
  if (status?.draining) return said('stopping', 'warn', 'The broker is about to stop and hands nothing out.');
  if (consumers === 0) return said('no consumers', 'bad', 'Messages wait and nobody consumes.');
  if (ready === 0 && leased > 0) return said('in work', 'good', 'Consumers hold everything that can be handed out.');
  if (ready === 0 && retrying === 0 && later > 0) return said('scheduled', 'good', 'Everything is due later.');
  if (ready === 0 && retrying > 0) return said('retrying', 'warn', 'Everything waits for its next attempt.');
  const own = sessions?.filter(isOf(queue)) ?? [];
  if (own.length > 0 && own.every(({ blocked }) => blocked)) {
    return said('blocked', 'bad', 'Its consumers do not read what they are sent.');
  }
  if (own.length > 0 && own.every(({ inflight, max_inflight: max }) => inflight >= max)) {
    return said('consumers full', 'warn', 'Each consumer holds as many messages as it may.');
  }
  return said('delivering', 'good', 'Messages wait and consumers take them.');
}
