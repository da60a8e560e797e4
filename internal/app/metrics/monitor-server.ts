// Health and metrics over HTTP: four pages to read, nothing to change. Whoever may connect may read; so it is bound to
// this machine, and a browser that was led here under a foreign name is refused.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIPv6 } from 'node:net';
import { EXPOSITION_TYPE } from '../../../pkg/metrics/exposition.ts';
import { bindClearly } from '../../delivery/endpoint/bind.ts';
import { isLoopbackHost } from '../config/endpoint.ts';
import type { UnreadyReason } from './health.ts';

/** Scrapers and probes come one by one; a hundred dashboards fit. */
const CONNECTIONS_MAX = 256;
const REQUEST_MS = 5_000;
const JSON_TYPE = 'application/json; charset=utf-8';

export interface MonitorPages {
  readonly text: () => Promise<Uint8Array>;
  readonly summary: () => Promise<object>;
  readonly unready: readonly UnreadyReason[];
}

export interface MonitorServerOptions {
  readonly host: string;
  readonly port: number;
  readonly pages: MonitorPages;
  /** A page that failed: the one who asked got a 500. */
  readonly onFault: (error: unknown) => void;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
}

const jsonPage = (status: number, value: object): Page => ({
  status,
  type: JSON_TYPE,
  body: `${JSON.stringify(value)}\n`,
});

export class MonitorServer {
  readonly #options: MonitorServerOptions;
  readonly #server: Server;
  readonly #local: boolean;

  constructor(options: MonitorServerOptions) {
    this.#options = options;
    this.#local = isLoopbackHost(options.host);
    this.#server = createServer(
      { headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS, keepAliveTimeout: REQUEST_MS, maxHeaderSize: 8_192 },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /** Where it listens. Throws ADDRESS_IN_USE with the name of the holder, and the like. */
  async listen(): Promise<string> {
    const { host, port } = this.#options;
    const shown = isIPv6(host) ? `[${host}]` : host;
    const bind = (): Promise<void> =>
      new Promise((resolve, reject) => {
        this.#server.once('error', reject);
        this.#server.listen({ host, port }, () => {
          this.#server.off('error', reject);
          resolve();
        });
      });
    await bindClearly({ bind, lastEndpoint: null }, `tcp://${shown}:${port}`);
    const bound = this.#server.address();
    return `http://${shown}:${typeof bound === 'object' ? (bound?.port ?? port) : port}`;
  }

  /** Ends at once: a scraper asks again. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** Never rejects: a page that fails is a page that says so. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, body } = await this.#page(request);
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    response.writeHead(status, {
      'content-type': type,
      'content-length': bytes.length,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  }

  async #page({ method, url = '/', headers }: IncomingMessage): Promise<Page> {
    if (method !== 'GET' && method !== 'HEAD') return jsonPage(405, { error: 'only GET and HEAD' });
    if (this.#local && !isLoopbackHost(hostOf(headers.host ?? 'localhost'))) {
      return jsonPage(403, { error: 'this endpoint is for its own machine' });
    }
    try {
      return await this.#pageAt(url.split('?', 1)[0] ?? url);
    } catch (error) {
      this.#options.onFault(error);
      return jsonPage(500, { error: 'the page could not be made' });
    }
  }

  async #pageAt(path: string): Promise<Page> {
    const { pages } = this.#options;
    const status = pages.unready.length === 0 ? 200 : 503;
    switch (path) {
      case '/metrics':
        return { status: 200, type: EXPOSITION_TYPE, body: await pages.text() };
      case '/health':
        return jsonPage(status, await pages.summary());
      case '/health/live':
        return jsonPage(200, { status: 'live' });
      case '/health/ready':
        return jsonPage(status, { status: status === 200 ? 'ready' : 'unready', reasons: pages.unready });
      default:
        return jsonPage(404, { error: 'pages: /metrics, /health, /health/live, /health/ready' });
    }
  }
}

/** The host of a Host header, without its port. */
const hostOf = (header: string): string => {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(header) ?? [];
  return bracketed ?? plain ?? '';
};
