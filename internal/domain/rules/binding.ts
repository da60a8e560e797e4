// Declaring queues and binding patterns to them: the part that registrations, operators and imports share.

import { checkName, checkPattern } from '../../../pkg/protocol/topic.ts';
import { type Draft, draft } from '../decision.ts';
import type { Operator, QueueDeclared, QueueOrigin } from '../event.ts';
import { asQueueId, asRouteId, type QueueId } from '../ids.ts';
import { ROUTE_METADATA_CHARACTERS_MAX } from '../limits.ts';
import type { RouteWish } from '../operator-command.ts';
import { queueKey } from '../queue.ts';
import type { QueuePolicy } from '../queue-policy.ts';
import type { Route } from '../route.ts';
import type { State } from '../state.ts';
import { BindingError } from './binding-error.ts';
import { checkedTraits, conditionsKey, sameTraits } from './route-traits.ts';

/** Collects the events of one command; sees what it has itself declared. */
export class Binder {
  readonly drafts: Draft[] = [];
  readonly #state: State;
  readonly #origin: QueueOrigin;
  readonly #operator: Operator | null;
  readonly #declared = new Map<string, QueueId>();
  readonly #bound = new Set<string>();
  #nextQueue: number;
  #nextRoute: number;

  constructor(state: State, origin: QueueOrigin, operator: Operator | null) {
    this.#state = state;
    this.#origin = origin;
    this.#operator = operator;
    this.#nextQueue = state.nextQueue;
    this.#nextRoute = state.nextRoute;
  }

  get #full(): boolean {
    return !this.#state.hasControlRoom;
  }

  /** The queue's id: known, declared by this command, or declared now with the policy. */
  queue(tenant: string, name: string, policy: QueuePolicy = this.#state.defaultPolicy): QueueId {
    const known = this.#state.queueNamed(tenant, name);
    if (known !== undefined) return known.id;
    const key = queueKey(tenant, name);
    const declared = this.#declared.get(key);
    if (declared !== undefined) return declared;
    const fault = checkName(name);
    if (fault !== null) throw new BindingError(fault, `queue name "${name.slice(0, 80)}"`);
    if (this.#state.queues.size + this.#declared.size >= this.#state.limits.queuesMax) {
      throw new BindingError('TOO_MANY_QUEUES', `${this.#state.limits.queuesMax} queues exist`);
    }
    if (this.#full) throw new BindingError('STORAGE_FULL', 'no room for a declaration');
    const event: QueueDeclared = {
      type: 'queue-declared',
      queue: asQueueId(this.#nextQueue),
      tenant,
      name,
      policy,
      origin: this.#origin,
      operator: this.#operator,
    };
    this.#nextQueue += 1;
    this.#declared.set(key, event.queue);
    this.drafts.push(draft(event));
    return event.queue;
  }

  /** Adds the route, changes the one of the same pattern and destination, or leaves it. Says which. */
  route(wish: RouteWish): 'added' | 'changed' | 'kept' {
    const fault = checkPattern(wish.pattern);
    if (fault !== null) throw new BindingError(fault, `pattern "${wish.pattern.slice(0, 80)}"`);
    if (wish.kind === 'fanout' && wish.tenant !== '') {
      throw new BindingError('FANOUT_NOT_ISOLATED', `pattern "${wish.pattern}" of tenant "${wish.tenant}"`);
    }
    const traits = checkedTraits(this.#state, wish);
    const metadataLength = JSON.stringify(wish.metadata).length;
    if (metadataLength > ROUTE_METADATA_CHARACTERS_MAX) {
      throw new BindingError(
        'INVALID_ARGUMENT',
        `metadata of ${metadataLength} characters, at most ${ROUTE_METADATA_CHARACTERS_MAX}`,
      );
    }
    const queue = wish.kind === 'fanout' ? asQueueId(0) : this.queue(wish.tenant, wish.queueName);
    const key = `${wish.tenant}\u0000${wish.pattern}\u0000${queue}\u0000${conditionsKey(traits)}`;
    if (this.#bound.has(key)) return 'kept';
    const known = findRoute(this.#state, wish.tenant, wish.pattern, queue, conditionsKey(traits));
    if (known !== null) {
      if (sameRoute(known, wish) && sameTraits(known, traits)) return 'kept';
      this.drafts.push(draft({ type: 'route-removed', route: known.route, operator: this.#operator }));
    } else if (this.#state.routes.size + this.#bound.size >= this.#state.limits.routesMax) {
      throw new BindingError('TOO_MANY_ROUTES', `${this.#state.limits.routesMax} routes exist`);
    }
    if (this.#full) throw new BindingError('STORAGE_FULL', 'no room for a route');
    this.#bound.add(key);
    const { tenant, pattern, kind, priority, enabled, exclusive, metadata } = wish;
    const fields = {
      route: asRouteId(this.#nextRoute),
      tenant,
      pattern,
      queue,
      priority,
      enabled,
      exclusive,
      metadata,
      origin: this.#origin,
      operator: this.#operator,
    };
    const isPlain = (kind === 'direct' || kind === 'fanout') && Object.keys(traits).length === 0;
    this.drafts.push(
      draft(isPlain ? { type: 'route-added', kind, ...fields } : { type: 'route-shaped', kind, ...fields, traits }),
    );
    this.#nextRoute += 1;
    return known === null ? 'added' : 'changed';
  }

  /** A plain binding of a pattern, unless the queue has one of this pattern already. */
  bind(tenant: string, pattern: string, queueName: string): void {
    const known = this.#state.queueNamed(tenant, queueName);
    if (known !== undefined && findRoute(this.#state, tenant, pattern, known.id, '') !== null) return;
    this.route({
      tenant,
      pattern,
      kind: 'direct',
      queueName,
      priority: 0,
      enabled: true,
      exclusive: false,
      metadata: {},
    });
  }
}

function findRoute(state: State, tenant: string, pattern: string, queue: QueueId, conditions: string): Route | null {
  for (const id of state.routesOfQueue.get(queue) ?? []) {
    const route = state.routes.get(id);
    if (route === undefined || route.pattern !== pattern || route.tenant !== tenant) continue;
    if (conditionsKey(route) === conditions) return route;
  }
  return null;
}

const sameRoute = (route: Route, wish: RouteWish): boolean =>
  route.kind === wish.kind &&
  route.priority === wish.priority &&
  route.enabled === wish.enabled &&
  route.exclusive === wish.exclusive &&
  JSON.stringify(route.metadata) === JSON.stringify(wish.metadata);
