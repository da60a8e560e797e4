// What the broker says of the queues that somebody consumes from, over its admin socket. Nothing is known where that
// socket is not there, or belongs to another broker than the one that is consumed from: then it is silent.

import type { AdminClient } from '../../../pkg/client/admin.ts';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { isObject, type JsonObject } from '../../../pkg/protocol/json.ts';
import { withAdmin } from '../admin.ts';
import { type ClientOptions, routerNamed } from '../client.ts';

export class QueueWatch {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** The queue as `queues.show` tells it; undefined: it is not there; null: nobody says. */
  show(queue: string): Promise<JsonObject | undefined | null> {
    return this.#asked(async (admin) => {
      const shown = await admin.request('queues.show', this.#of(queue)).catch((error: unknown) => {
        if (error instanceof TachyonError && error.code === 'QUEUE_NOT_FOUND') return undefined;
        throw error;
      });
      return isObject(shown) ? shown : undefined;
    });
  }

  /** Why each of them gives nothing; empty where nobody says. */
  async why(queues: readonly string[]): Promise<readonly JsonObject[]> {
    const answers = await this.#asked(async (admin) => {
      const told: JsonObject[] = [];
      for (const queue of queues) {
        const why = await admin.request('queues.why', this.#of(queue));
        if (isObject(why)) told.push(why);
      }
      return told;
    });
    return answers ?? [];
  }

  #of(queue: string): object {
    return { queue, tenant_id: this.#options.tenant ?? '' };
  }

  async #asked<T>(ask: (admin: AdminClient) => Promise<T>): Promise<T | null> {
    try {
      return await withAdmin(this.#options, async (admin) => ((await this.#isOurs(admin)) ? await ask(admin) : null));
    } catch (error) {
      if (error instanceof TachyonError) return null;
      throw error;
    }
  }

  /** A router that was named may be that of another broker than the data folder's. */
  async #isOurs(admin: AdminClient): Promise<boolean> {
    const router = routerNamed(this.#options);
    if (router === undefined) return true;
    const status = await admin.request('status');
    const endpoints = isObject(status) && isObject(status['endpoints']) ? status['endpoints'] : {};
    return endpoints['router'] === router;
  }
}
