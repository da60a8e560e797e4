// Every operation of the OpenAPI document, against a real gateway over a real broker: without a token, with a wrong one,
// with a role that is too low, with hostile bodies, parameters and ids. What is refused is refused as a problem with a
// code, what is not understood changes nothing of the gateway, and nothing at all ends in an internal error.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tachyon } from '../internal/testing/processes/tachyon.ts';
import { ERRORS } from '../pkg/protocol/errors.ts';
import { ROLES, type Role } from './auth/role.ts';
import {
  type Api,
  type Described,
  describedIn,
  HOSTILE_BODIES,
  HOSTILE_TEXTS,
  leastOf,
  pathWith,
  spoiltBodies,
} from './testing/hostile.ts';
import { type Answer, type Ask, ask, jsonOf } from './testing/http.ts';

const ADMIN_TOKEN = 'correct-horse-battery-staple';
const asAdmin = { 'x-admin-token': ADMIN_TOKEN };
const ENV = {
  ADMIN_TOKEN,
  GATEWAY_PORT: '0',
  GATEWAY_REQUESTS_PER_SECOND: '100000',
  GATEWAY_CONSUMERS_MAX: '10000',
  LOG_LEVEL: 'warn',
};

const tachyon = new Tachyon();
const tokens: Partial<Record<Role, string>> = {};
let url = '';
let operations: readonly Described[] = [];

beforeAll(async () => {
  await tachyon.readyBroker();
  for (const role of ROLES) {
    const args = ['gateway', 'tokens', 'add', role, '--role', role];
    tokens[role] = (await tachyon.run(args)).stdout.trim();
  }
  const gateway = tachyon.start(['gateway', '--data-dir', tachyon.dataFolder], { env: { ...ENV, LOG_LEVEL: 'info' } });
  url = await gateway.until('its address', ({ log }) => log.find(({ msg }) => msg === 'ready')?.['gateway'] as string);
  operations = describedIn(jsonOf(await ask(`${url}/docs/openapi.json`)) as unknown as Api);
});
afterAll(() => tachyon.remove());

/** What a refusal looks like, whatever it is about. */
function expectProblem(what: string, answer: Answer, statuses: readonly number[]): void {
  expect([what, answer.status, answer.type, answer.text]).toEqual([
    what,
    expect.toSatisfy((status: number) => statuses.includes(status)),
    expect.stringMatching(/^application\/problem\+json/),
    expect.any(String),
  ]);
  const problem = jsonOf(answer);
  expect(Object.keys(ERRORS)).toContain(problem['code']);
  expect(problem).toMatchObject({ status: answer.status, request_id: answer.headers['x-request-id'] });
}

/** Refused, or carried out because it was harmless: never an error of the gateway. */
function expectSound(what: string, answer: Answer): void {
  if (answer.status === 200) return;
  expectProblem(what, answer, [400, 403, 404, 409, 413, 415, 501, 503]);
  // The broker has room and answers: only its own words may say otherwise.
  const own: readonly unknown[] = ['BUSY', 'NO_RESPONDERS'];
  if (answer.status === 503) expect([what, own.includes(jsonOf(answer)['code'])]).toEqual([what, true]);
}

const isGuarded = ({ operation }: Described): boolean => operation.security !== undefined;

/** Waits would only make the test slow. */
const LEAST: Readonly<Record<string, object>> = { fetchMessages: { wait_ms: 0 } };

const leastBody = ({ operation, body }: Described): Readonly<Record<string, unknown>> =>
  body === null ? {} : { ...(leastOf(body) as object), ...LEAST[operation.operationId ?? ''] };

const send = ({ method, path, body }: Described, over: Ask & { readonly at?: string } = {}): Promise<Answer> =>
  ask(`${url}${over.at ?? pathWith(path, 'x')}`, { method, ...(body === null ? {} : { body: {} }), ...over });

/** A few at a time: what is refused costs the broker a line of its audit log, and those are synced together. */
async function eachOf<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const work = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: 16 }, work));
}

describe('every operation', () => {
  it('is looked at', () => {
    expect(operations.length).toBeGreaterThan(40);
    expect(operations.filter((each) => !isGuarded(each)).map(({ path }) => path)).toEqual([
      '/health',
      '/health/live',
      '/health/ready',
    ]);
  });

  it('asks for a token', async () => {
    for (const each of operations.filter(isGuarded)) expectProblem(each.name, await send(each), [401]);
  });

  it('knows a wrong token', async () => {
    for (const [index, each] of operations.filter(isGuarded).entries()) {
      // Each from an address of its own: from one, wrong tokens are answered ever more slowly.
      const from = `127.0.1.${index + 1}`;
      const wrong = { authorization: `Bearer ${ADMIN_TOKEN}x` };
      expectProblem(each.name, await send(each, { headers: wrong, from }), [401]);
    }
  });

  it('refuses the role below its own, and does not refuse its own', async () => {
    for (const each of operations.filter(isGuarded)) {
      const role = each.operation['x-role'] as Role;
      const below = ROLES[ROLES.indexOf(role) - 1];
      if (below !== undefined) {
        const answer = await send(each, { headers: { 'x-admin-token': tokens[below] ?? '' } });
        expectProblem(`${each.name} as ${below}`, answer, [403]);
        expect(jsonOf(answer)['code']).toBe('ROLE_TOO_LOW');
      }
      const own = await send(each, { headers: { 'x-admin-token': tokens[role] ?? '' } });
      expect([each.name, [401, 403].includes(own.status)]).toEqual([each.name, false]);
    }
  });

  it('refuses bodies that are none of its own', async () => {
    for (const each of operations.filter(({ body }) => body !== null)) {
      for (const body of HOSTILE_BODIES) {
        const answer = await send(each, { headers: asAdmin, body });
        if (body.startsWith('{"constructor"')) expectSound(`${each.name} ${body}`, answer);
        else expectProblem(`${each.name} ${body.slice(0, 40)}`, answer, [400]);
      }
      const form = { ...asAdmin, 'content-type': 'application/x-www-form-urlencoded' };
      expectProblem(each.name, await send(each, { headers: form, body: 'a=b' }), [415]);
    }
  });

  it('stands bodies of which one field is not what it should be', async () => {
    let refused = 0;
    for (const each of operations) {
      if (each.body === null) continue;
      await eachOf(spoiltBodies(each.body, leastBody(each)), async (body) => {
        const answer = await send(each, { headers: asAdmin, body });
        expectSound(`${each.name} ${JSON.stringify(body).slice(0, 120)}`, answer);
        refused += answer.status === 400 ? 1 : 0;
      });
    }
    expect(refused).toBeGreaterThan(500);
  });

  it('stands hostile ids in its path', async () => {
    for (const each of operations.filter(({ path }) => path.includes('{'))) {
      const body = each.body === null ? {} : { body: leastBody(each) };
      const spelled = HOSTILE_TEXTS.map((text) => pathWith(each.path, text));
      const raw = ['%', '%ff', '%00', '%c0%ae%c0%ae'].map((text) => each.path.replaceAll(/\{\w+\}/g, text));
      await eachOf([...spelled, ...raw], async (at) => {
        expectSound(`${each.name} ${at.slice(0, 80)}`, await send(each, { at, headers: asAdmin, ...body }));
      });
    }
  });

  it('stands hostile parameters in its query', async () => {
    for (const each of operations) {
      const names = (each.operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
      const queries = names.flatMap(({ name }) =>
        HOSTILE_TEXTS.flatMap((text) => {
          const once = `${name}=${encodeURIComponent(text)}`;
          return [once, `${once}&${name}=again`];
        }),
      );
      await eachOf(queries, async (query) => {
        const at = `${pathWith(each.path, 'x')}?${query}`;
        expectSound(`${each.name} ${query.slice(0, 80)}`, await send(each, { at, headers: asAdmin }));
      });
    }
  });

  it('goes on after all of that', async () => {
    expect(await ask(`${url}/health/ready`)).toMatchObject({ status: 200 });
    expect(await ask(`${url}/api/v1/status`, { headers: asAdmin })).toMatchObject({ status: 200 });
  });
});
