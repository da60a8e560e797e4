// The commands of one turn in the order in which they are decided. Where the broker is at a bound, publishes of several producers go
// round: by tenant, then by producer, a piece each. What one peer has said keeps its order, and who publishes nothing goes
// first: what consumers settle makes the room.

import type { Command, Publish } from '../domain/command.ts';
import type { PeerId } from '../domain/ids.ts';
import { boundsOf, UNBOUNDED } from '../domain/quotas.ts';
import type { State } from '../domain/state.ts';
import { throttlesPublishes } from '../domain/throttles.ts';

/** Messages of one producer that are decided in turn. */
export const PIECE_MESSAGES = 32;

/** Once a publish met a bound, turns are taken for so long: the next one is not far. */
const PRESSED_MS = 5_000;

/** `first`: how many turns were made; it says which tenant begins. */
export function fairOrder(
  state: State,
  commands: readonly Command[],
  first: number,
  nowMs: number,
): readonly Command[] {
  if (!isBounded(state)) return commands;
  const lines = new Map<PeerId, Command[]>();
  for (const command of commands)
    if (command.type === 'publish' && !lines.has(command.peer)) lines.set(command.peer, []);
  if (lines.size < 2 || !mayBeShort(state, commands, nowMs)) return commands;
  const others: Command[] = [];
  const tenants = new Map<string, Command[][]>();
  for (const command of commands) {
    const peer = peerOf(command);
    const line = peer === null ? undefined : lines.get(peer);
    if (line === undefined) others.push(command);
    else {
      if (command.type === 'publish' && !line.some(({ type }) => type === 'publish')) {
        const ofTenant = tenants.get(command.tenant);
        if (ofTenant === undefined) tenants.set(command.tenant, [line]);
        else ofTenant.push(line);
      }
      if (command.type === 'publish') line.push(...pieces(command));
      else line.push(command);
    }
  }
  return [
    ...others,
    ...rounds(
      [...tenants.values()].map((ofTenant) => rotated(ofTenant, first)),
      first,
    ),
  ];
}

/** Whether anything but the disk may refuse a publish. */
function isBounded({ limits: { quotas, overload } }: State): boolean {
  return (
    overload.refuses || quotas.all !== UNBOUNDED || quotas.tenants.size > 0 || throttlesPublishes(quotas.throttles)
  );
}

/** Whether the publishes of this turn could meet a bound: otherwise their order changes nothing for anybody. */
function mayBeShort(state: State, commands: readonly Command[], nowMs: number): boolean {
  if (nowMs - state.pressedAtMs < PRESSED_MS) return true;
  const { quotas } = state.limits;
  const { all, tenants } = quotas;
  const isBounded = Number.isFinite(Math.min(all.ingress, all.ingressBytes, all.queued, all.queuedBytes));
  if (!isBounded && tenants.size === 0) return false;
  let messages = 0;
  let bytes = 0;
  for (const command of commands) {
    if (command.type !== 'publish') continue;
    messages += command.messages.length;
    bytes += command.source.length;
    for (const { tail } of command.messages) bytes += tail?.length ?? 0;
    const own = state.usage.of(command.tenant);
    if (own !== undefined && isNear(own, boundsOf(quotas, command.tenant), messages, bytes)) return true;
  }
  return isNear(state.usage.all, all, messages, bytes);
}

/** Fanout to several queues multiplies, so half of a bound is near it. */
const isNear = (
  used: { readonly messages: number; readonly bytes: number },
  bounds: {
    readonly ingress: number;
    readonly ingressBytes: number;
    readonly queued: number;
    readonly queuedBytes: number;
  },
  messages: number,
  bytes: number,
): boolean =>
  (used.messages + messages) * 2 > Math.min(bounds.ingress, bounds.queued) ||
  (used.bytes + bytes) * 2 > Math.min(bounds.ingressBytes, bounds.queuedBytes);

/** Whoever said it; null: the broker itself. */
function peerOf(command: Command): PeerId | null {
  if ('peer' in command) return command.peer;
  return 'request' in command ? (command.request?.peer ?? null) : null;
}

/** What is accepted whole or not at all is one piece, however large. */
function pieces(command: Publish): Publish[] {
  const { messages, firstSequence } = command;
  if (messages.length <= PIECE_MESSAGES || command.atomic === true) return [command];
  const cut: Publish[] = [];
  for (let from = 0; from < messages.length; from += PIECE_MESSAGES) {
    cut.push({
      ...command,
      firstSequence: firstSequence + from,
      messages: messages.slice(from, from + PIECE_MESSAGES),
    });
  }
  return cut;
}

const rotated = <Item>(items: readonly Item[], by: number): Item[] => {
  const at = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
};

/** One piece of one line of each tenant, and again. What stands between two publishes of a line goes with the one before it. */
function rounds(tenants: readonly Command[][][], first: number): Command[] {
  const ordered: Command[] = [];
  const places = new Map<Command[], number>();
  let active = rotated(tenants, first);
  while (active.length > 0) {
    for (const lines of active) {
      const line = lines.shift();
      if (line === undefined) continue;
      let at = places.get(line) ?? 0;
      let published = false;
      for (; at < line.length; at += 1) {
        const command = line[at] as Command;
        if (command.type === 'publish' && published) break;
        published ||= command.type === 'publish';
        ordered.push(command);
      }
      places.set(line, at);
      if (at < line.length) lines.push(line);
    }
    active = active.filter((lines) => lines.length > 0);
  }
  return ordered;
}
