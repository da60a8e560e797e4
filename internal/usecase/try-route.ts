// What would become of a message: decided by the very rule that decides of publishes, and thrown away. Beside it every route
// that matches, in the order of precedence, and why it counts or does not.

import { type Attributes, type Headers, NO_ATTRIBUTES } from '../../pkg/protocol/attributes.ts';
import { encodeBlock, topicOf } from '../../pkg/protocol/block.ts';
import { encodeText, joined } from '../../pkg/protocol/bytes.ts';
import { checkTopic, matches } from '../../pkg/protocol/topic.ts';
import type { DeliveryMode, Publish, PublishMessage } from '../domain/command.ts';
import type { Decision } from '../domain/decision.ts';
import type { QueueId } from '../domain/ids.ts';
import { asPeerId, NO_PRODUCER } from '../domain/ids.ts';
import type { Route } from '../domain/route.ts';
import { refusedBy } from '../domain/route-choice.ts';
import { conditionText, unmet } from '../domain/route-condition.ts';
import type { RouteMatch } from '../domain/route-index.ts';
import { compareRoutes } from '../domain/route-precedence.ts';
import { publish } from '../domain/rules/publish.ts';
import { matchFor } from '../domain/rules/publish-headers.ts';
import type { State } from '../domain/state.ts';
import { routeView } from './inspect.ts';

export interface RouteQuestion {
  readonly tenant: string;
  readonly topic: string;
  readonly headers: Headers;
  readonly mode: DeliveryMode;
  /** As an operator, over the admin endpoint. */
  readonly inside: boolean;
  /** As text; asked for where routes judge bodies. */
  readonly body: string;
}

const ROUTES_SHOWN_MAX = 100;

/** Throws a TachyonError where no message could say this. */
export function tryRoute(state: State, question: RouteQuestion, nowMs: number): object {
  const { tenant, topic, headers, mode, inside } = question;
  const attributes: Attributes = Object.keys(headers).length === 0 ? NO_ATTRIBUTES : { headers };
  const source = encodeBlock({ topic, attributes, body: encodeText(question.body) });
  const message: PublishMessage = { topic, start: 0, end: source.length, tail: null, mode, fault: null };
  const command: Publish = {
    type: 'publish',
    peer: asPeerId(0),
    tenant,
    producer: NO_PRODUCER,
    firstSequence: 1,
    source,
    messages: [message],
    inside,
  };
  const isTopic = checkTopic(topic) !== 'INVALID_TOPIC';
  const match = isTopic ? matchFor(state.routeIndex.match(tenant, topic), source, message) : null;
  const lines = match === null ? [] : linesOf(state, question, attributes, match);
  return {
    topic,
    tenant_id: tenant,
    delivery_mode: mode,
    ...outcomeOf(state, publish(state, command, { nowMs, chance: () => 0 })),
    routes: lines.slice(0, ROUTES_SHOWN_MAX),
    routes_total: lines.length,
  };
}

/** Read from the events and effects that the decision would have had. */
function outcomeOf(state: State, { drafts, effects }: Decision): object {
  const queues: string[] = [];
  let ledTo: string | null = null;
  for (const { event, blocks } of drafts) {
    if (event.type !== 'accepted') continue;
    for (const id of event.sets.flat()) queues.push(nameOf(state, id));
    ledTo = topicOf(joined(blocks), 0);
  }
  let fanout = false;
  let refusal: object | null = null;
  for (const effect of effects) {
    if (effect.type === 'publication') {
      fanout = true;
      ledTo ??= effect.topic;
    }
    if (effect.type === 'published') refusal = effect.refusals[0] ?? refusal;
  }
  if (refusal !== null) {
    const { code, detail } = refusal as { readonly code: string; readonly detail: string };
    return { outcome: 'refused', code, detail, led_to: null, queues: [], fanout: false };
  }
  return { outcome: 'accepted', code: null, detail: '', led_to: ledTo, queues, fanout };
}

const nameOf = (state: State, id: QueueId): string => state.queues.get(id)?.name ?? `#${id}`;

function linesOf(state: State, question: RouteQuestion, attributes: Attributes, match: RouteMatch): object[] {
  const { tenant, topic } = question;
  const isOwn = topic.startsWith('_');
  const found = [...state.routes.values()].filter(
    ({ tenant: of, pattern }) => of === tenant && (!isOwn || pattern.startsWith('_')) && matches(pattern, topic),
  );
  const counting = new Set(match.routes.map(({ route }) => route));
  return found.sort(compareRoutes).map((route) => {
    const counts = counting.has(route.route);
    const why = counts ? remark(state, question, route) : reason(route, attributes, match);
    return { ...routeView(route), counts, why };
  });
}

/** Why it does not count. */
function reason(route: Route, attributes: Attributes, match: RouteMatch): string {
  if (!route.enabled) return 'it is disabled';
  const refused = refusedBy(route, attributes);
  if (refused === 'hops') return 'the message has come over as many bridges as this route allows';
  const condition = route.when === undefined ? null : unmet(route.when, attributes);
  if (condition !== null) return `its condition does not hold: ${conditionText(condition)}`;
  const first = match.routes.find(({ exclusive, kind }) => exclusive && kind === 'direct');
  return `the exclusive route "${first?.pattern}" to "${first?.queueName}" goes before it`;
}

/** What is to be said of one that counts; empty: nothing. */
function remark(state: State, { mode, inside }: RouteQuestion, { kind, queue }: Route): string {
  if (kind === 'fanout' && mode === 'direct') return 'the message asks for queues alone';
  if (kind !== 'fanout' && mode === 'fanout') return 'the message asks for fanout alone';
  if (kind === 'internal' && !inside) return 'it keeps the topic for the broker and its operators';
  if (state.drainingQueues.has(queue)) return 'its queue is drained, and takes nothing new';
  return '';
}
