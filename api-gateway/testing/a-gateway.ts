// A gateway that is asked without a socket, over a broker of which a test says what it answers. Everything that the test
// does not mean has a default. What the broker itself does is proved against a real one, in the e2e test.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type * as z from 'zod';
import { TachyonError } from '../../pkg/protocol/errors.ts';
import { buildGateway } from '../app.ts';
import { Authority } from '../auth/authority.ts';
import type { Role } from '../auth/role.ts';
import { addToken, tokenFilePath } from '../auth/token-file.ts';
import { type AdminPort, type Arguments, checkAnswer } from '../broker/admin-link.ts';
import { Snapshots } from '../broker/snapshots.ts';
import { gatewayConfig } from '../config.ts';
import type { GatewayContext } from '../context.ts';
import { GatewayMetrics } from '../metrics/gateway-metrics.ts';
import { Streams } from '../streams.ts';

export const ADMIN_TOKEN = 'the-token-of-the-test';

export type Answers = Readonly<Record<string, unknown>>;

interface Asked {
  readonly word: string;
  readonly args: Arguments;
  readonly kind: 'read' | 'act';
}

/** Answers each word with what was set for it: a value, an error to throw, or a function of the arguments. */
export class SpokenBroker implements AdminPort {
  readonly asked: Asked[] = [];
  readonly #answers: Answers;

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  read<S extends z.ZodType>(word: string, args: Arguments, schema: S): Promise<z.output<S>> {
    return this.#answer('read', word, args, schema);
  }

  act<S extends z.ZodType>(word: string, args: Arguments, schema: S): Promise<z.output<S>> {
    return this.#answer('act', word, args, schema);
  }

  async #answer<S extends z.ZodType>(
    kind: Asked['kind'],
    word: string,
    args: Arguments,
    schema: S,
  ): Promise<z.output<S>> {
    this.asked.push({ kind, word, args });
    const answer = this.#answers[word];
    const said: unknown = typeof answer === 'function' ? (answer as (args: Arguments) => unknown)(args) : answer;
    if (said instanceof Error) throw said;
    if (said === undefined) throw new TachyonError('UNKNOWN_CONTROL', `no word "${word}"`);
    return checkAnswer(word, said, schema);
  }
}

export interface GatewaySetup {
  readonly env?: Readonly<Record<string, string>>;
  readonly answers?: Answers;
  readonly context?: Partial<GatewayContext>;
}

export interface GatewayFixture {
  readonly app: FastifyInstance;
  readonly broker: SpokenBroker;
  /** A named token of the role. */
  readonly token: (role: Role, name?: string) => string;
  readonly remove: () => Promise<void>;
}

const refused = (): Promise<never> => Promise.reject(new TachyonError('BROKER_UNREACHABLE'));

export async function aGateway({ env = {}, answers = {}, context = {} }: GatewaySetup = {}): Promise<GatewayFixture> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'tachyon-gateway-'));
  const config = gatewayConfig({ env: { ADMIN_TOKEN, ...env } });
  const broker = new SpokenBroker(answers);
  const metrics = new GatewayMetrics();
  const app = await buildGateway({
    context: {
      config,
      authority: new Authority({ dataFolder, adminToken: config.adminToken, ownToken: null }),
      admin: broker,
      publisher: { publish: refused, publishBatch: refused, request: refused },
      consumers: { fetch: refused, ack: refused, nack: refused, leave: refused, giveBack: () => undefined },
      openWatch: refused,
      snapshots: new Snapshots(broker),
      streams: new Streams(config.streamsMax),
      metrics,
      ...context,
    },
  });
  return {
    app,
    broker,
    token: (role, name = role) => addToken(tokenFilePath(dataFolder), name, role, new Date(0)),
    remove: async () => {
      await app.close();
      metrics.close();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}
