// The operators' words about recurring schedules. What changes one becomes a command; lists and looks are answered from the state.

import { readText } from '../../../pkg/protocol/bytes.ts';
import { base64Json } from '../../../pkg/protocol/delivered/json-bytes.ts';
import { printTime } from '../../../pkg/protocol/rfc3339.ts';
import type { Command } from '../../domain/command.ts';
import { CATCH_UP_MAX, CATCH_UPS, CRON_BODY_BYTES_MAX, type Cron, OVERLAPS } from '../../domain/cron.ts';
import type { OperatorRequest } from '../../domain/operator-command.ts';
import type { State } from '../../domain/state.ts';
import { type Page, paged } from '../../usecase/inspect.ts';
import { Args, ArgumentFault } from './args.ts';
import { operator } from './operator-words.ts';
import { ACTOR } from './said.ts';

const HEADERS_CHARACTERS_MAX = 4 * 1024;
const CONTENT_TYPE_CHARACTERS_MAX = 255;
/** The next times that `cron.show` tells. */
const UPCOMING_SHOWN = 5;

type Request = Omit<OperatorRequest, 'operator'>;

const NAMED = [...ACTOR, 'name', 'tenant_id'] as const;

const named = (request: Request, args: Args) => ({
  request: operator(request, args),
  tenant: args.text('tenant_id', ''),
  name: args.text('name'),
});

const steer = (request: Request, given: unknown, word: 'pause' | 'resume'): Command => ({
  type: 'steer-cron',
  ...named(request, new Args(given, NAMED)),
  word,
});

const WORDS: Readonly<Record<string, (request: Request, given: unknown) => Command>> = {
  'cron.declare': (request, given) => {
    const args = new Args(given, [...NAMED, ...PLAN, 'payload', 'update']);
    const payload = args.base64('payload');
    if (payload.length > CRON_BODY_BYTES_MAX) {
      throw new ArgumentFault(`the body of a schedule has at most ${CRON_BODY_BYTES_MAX} bytes`, 'PAYLOAD_TOO_LARGE');
    }
    const contentType = args.textOrNull('content_type');
    if (contentType !== null && contentType.length > CONTENT_TYPE_CHARACTERS_MAX) {
      throw new ArgumentFault(`"content_type" must have at most ${CONTENT_TYPE_CHARACTERS_MAX} characters`);
    }
    return {
      type: 'declare-cron',
      ...named(request, args),
      plan: {
        expression: args.text('cron').trim(),
        timezone: args.text('timezone', 'UTC'),
        topic: args.text('topic'),
        contentType,
        headers: args.textMap('headers', HEADERS_CHARACTERS_MAX),
        overlap: args.has('overlap') ? args.oneOf('overlap', OVERLAPS) : 'skip',
        catchUp: args.has('catch_up') ? args.oneOf('catch_up', CATCH_UPS) : 'one',
        catchUpMax: args.whole('catch_up_max', 1, CATCH_UP_MAX, CATCH_UP_MAX),
      },
      body: payload,
      update: args.flag('update', false),
    };
  },
  'cron.remove': (request, given) => ({ type: 'remove-cron', ...named(request, new Args(given, NAMED)) }),
  'cron.run': (request, given) => ({ type: 'run-cron', ...named(request, new Args(given, NAMED)) }),
  'cron.pause': (request, given) => steer(request, given, 'pause'),
  'cron.resume': (request, given) => steer(request, given, 'resume'),
};

const PLAN = ['cron', 'timezone', 'topic', 'content_type', 'headers', 'overlap', 'catch_up', 'catch_up_max'] as const;

/** Whether the word changes something. */
export const isCronWord = (word: string): boolean => Object.hasOwn(WORDS, word);

/** The command, or null when no word of this name changes a schedule. Throws an ArgumentFault. */
export const cronCommand = (word: string, request: Request, given: unknown): Command | null =>
  WORDS[word] !== undefined && isCronWord(word) ? WORDS[word](request, given) : null;

export const cronPage = (state: State, after: string | null, limit: number): Page<object> =>
  paged(state.crons.all, after, limit, cronView);

/** Throws an ArgumentFault. */
export function cronShown(state: State, given: unknown): object {
  const args = new Args(given, ['name', 'tenant_id']);
  const name = args.text('name');
  const cron = state.crons.named(args.text('tenant_id', ''), name);
  if (cron === undefined) throw new ArgumentFault(`schedule "${name.slice(0, 80)}"`, 'UNKNOWN_SCHEDULE');
  const { plan, body } = cron;
  const upcoming: string[] = [];
  for (let at: number | null = cron.paused ? 0 : cron.nextMs; at !== 0 && at !== null; ) {
    upcoming.push(printTime(at));
    at = upcoming.length < UPCOMING_SHOWN ? state.calendar.nextFire(plan, at) : null;
  }
  const payload = base64Json(body);
  return {
    ...cronView(cron),
    upcoming,
    headers: plan.headers,
    content_type: plan.contentType,
    catch_up_max: plan.catchUpMax,
    payload: readText(payload, 1, payload.length - 1),
    declared_at: printTime(cron.declaredMs),
  };
}

const timeOrNull = (ms: number): string | null => (ms === 0 ? null : printTime(ms));

const cronView = (cron: Cron): object => ({
  name: cron.name,
  tenant_id: cron.tenant,
  cron: cron.plan.expression,
  timezone: cron.plan.timezone,
  topic: cron.plan.topic,
  paused: cron.paused,
  next_fire_at: cron.paused ? null : timeOrNull(cron.nextMs),
  last_fired_at: timeOrNull(cron.lastFiredMs),
  fired: cron.fired,
  skipped: cron.skipped,
  missed: cron.missed,
  refused: cron.refused,
  last_error: cron.lastError,
  overlap: cron.plan.overlap,
  catch_up: cron.plan.catchUp,
  body_bytes: cron.body.length,
});
