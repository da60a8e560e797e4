// Requests and replies: inboxes are opened and end, replies go to whoever waits for them or are refused, and a request
// that expects an answer needs somebody to give it.

import { COMPRESSION_NONE, compressionOf } from '../../../pkg/protocol/block.ts';
import { joined } from '../../../pkg/protocol/bytes.ts';
import type { OpenInbox, Publish, PublishMessage } from '../command.ts';
import { type Decision, NOTHING, refuse, refusedOnly } from '../decision.ts';
import type { Effect, InboxReply, Refusal } from '../effect.ts';
import type { PeerId } from '../ids.ts';
import { INBOXES_MAX, INBOXES_PER_PEER_MAX, REPLY_BYTES_MAX, REQUEST_WAIT_MS_MAX } from '../limits.ts';
import type { RouteMatch } from '../route-index.ts';
import type { State } from '../state.ts';
import type { SettledTimes } from './publish-times.ts';

const RETRY_MS = 100;

export function openInbox(state: State, { peer, tenant, address, request }: OpenInbox): Decision {
  const fault = tooMany(state, peer, 1);
  if (fault !== null)
    return refusedOnly(refuse(peer, 'inbox.open', fault.code, fault.detail, null, fault.retryAfterMs));
  return {
    ...NOTHING,
    effects: [{ type: 'inbox-opened', gated: false, peer, address, request }],
    then: () => state.inboxes.open({ address, peer, tenant, once: null }),
  };
}

function tooMany(state: State, peer: PeerId, more: number): Refusal | null {
  const here = state.inboxes.ofPeer(peer) + more;
  if (here <= INBOXES_PER_PEER_MAX && state.inboxes.size + more <= INBOXES_MAX) return null;
  const detail = `at most ${INBOXES_PER_PEER_MAX} of a connection and ${INBOXES_MAX} of all`;
  return { code: 'TOO_MANY_INBOXES', detail, retryAfterMs: RETRY_MS };
}

/** Requests whose time is over: each is told so, once. */
export function timedOut(state: State, nowMs: number): { readonly effects: Effect[]; readonly then: () => void } {
  const over = state.inboxes.due(nowMs);
  return {
    effects: over.map(({ peer, once }) => ({
      type: 'request-ended' as const,
      gated: false as const,
      peer,
      messageId: once?.messageId ?? '',
    })),
    then: () => {
      for (const { address } of over) state.inboxes.close(address);
      if (state.inboxes.nextMs <= nowMs) state.inboxes.look();
      state.counters.requestTimeouts += over.length;
    },
  };
}

/** A connection that is gone has no inbox any more. */
export const withoutInboxes = (state: State, peer: PeerId, decision: Decision): Decision => ({
  ...decision,
  then: () => {
    decision.then?.();
    state.inboxes.closeAll(peer);
  },
});

/** What one publish does with inboxes. */
export class Replies {
  readonly #state: State;
  readonly #command: Publish;
  readonly #effects: InboxReply[] = [];
  /** Of one answer, and that was given by a message of this publish. */
  readonly #answered = new Set<string>();
  readonly #opening: (() => void)[] = [];
  #requests = 0;
  #gone = 0;
  #unanswered = 0;

  constructor(state: State, command: Publish) {
    this.#state = state;
    this.#command = command;
  }

  /** To an inbox, where `admit` has nothing against it. Null: it goes there. */
  reply({ topic, start, end, tail, times = null }: PublishMessage, admit: () => Refusal | null): Refusal | null {
    const { inboxes } = this.#state;
    const inbox = inboxes.find(topic);
    if (inbox === undefined || inbox.tenant !== this.#command.tenant || this.#answered.has(topic)) {
      this.#gone += 1;
      return { code: 'REPLY_INBOX_GONE', detail: '' };
    }
    if (times?.due !== undefined && times.due !== null)
      return { code: 'NOT_SUPPORTED', detail: 'a reply to an inbox does not wait for a time' };
    const length = end - start + (tail?.length ?? 0);
    if (length > REPLY_BYTES_MAX)
      return { code: 'PAYLOAD_TOO_LARGE', detail: `a reply of ${length} bytes, at most ${REPLY_BYTES_MAX}` };
    if (compressionOf(this.#command.source, start) !== COMPRESSION_NONE)
      return { code: 'UNSUPPORTED_COMPRESSION', detail: 'a reply to an inbox is plain' };
    if (inboxes.isBlocked(inbox.peer))
      return { code: 'BUSY', detail: 'whoever waits for the reply does not read', retryAfterMs: RETRY_MS };
    const refusal = admit();
    if (refusal !== null) return refusal;
    if (inbox.once !== null) this.#answered.add(topic);
    const { source } = this.#command;
    const block = tail === null ? source.subarray(start, end) : joined([source.subarray(start, end), tail]);
    this.#effects.push({ type: 'inbox-reply', gated: false, peer: inbox.peer, block });
    return null;
  }

  /** Whether a request may go to where its topic leads. Null: it may. */
  request({ reply }: PublishMessage, { queues }: RouteMatch): Refusal | null {
    if (reply === undefined) return null;
    if (queues.some((id) => this.#isServed(id))) {
      return reply.inbox === null ? null : tooMany(this.#state, this.#command.peer, this.#opening.length + 1);
    }
    this.#unanswered += 1;
    const detail = queues.length === 0 ? 'no route leads to a queue' : 'no consumer works on its queues';
    return { code: 'NO_RESPONDERS', detail };
  }

  /** Whether its answer can be waited for so long. Null: it can. */
  wait({ reply }: PublishMessage, times: SettledTimes | null, nowMs: number): Refusal | null {
    if (reply === undefined || reply.inbox === null) return null;
    const untilMs = times?.expiresMs ?? 0;
    if (untilMs !== 0 && untilMs <= nowMs + REQUEST_WAIT_MS_MAX) return null;
    const detail = `an answer is waited for at most ${REQUEST_WAIT_MS_MAX} ms: say so as ttl_ms`;
    return { code: 'INVALID_ARGUMENT', detail };
  }

  /** It is accepted: from now on its answer is waited for. */
  accepted({ reply }: PublishMessage, times: SettledTimes | null): void {
    if (reply === undefined) return;
    this.#requests += 1;
    if (reply.inbox === null || times === null) return;
    const { peer, tenant } = this.#command;
    const { inbox: address, messageId } = reply;
    const once = { messageId, untilMs: times.expiresMs };
    this.#opening.push(() => this.#state.inboxes.open({ address, peer, tenant, once }));
  }

  get effects(): readonly InboxReply[] {
    return this.#effects;
  }

  end(): void {
    for (const address of this.#answered) this.#state.inboxes.close(address);
    for (const open of this.#opening) open();
    const { counters } = this.#state;
    counters.requests += this.#requests;
    counters.replies += this.#effects.length;
    counters.inboxGone += this.#gone;
    counters.noResponders += this.#unanswered;
  }

  /** Somebody is connected to it who is not held back. */
  #isServed(id: Parameters<State['queues']['get']>[0]): boolean {
    const queue = this.#state.queues.get(id);
    return queue !== undefined && !queue.paused && queue.consumers.some(({ steering }) => steering === 'running');
  }
}
