// Plain HTTP for tests of a whole gateway: any method, any bytes, and, as the gateway counts failures by address, from
// any address of this machine's loopback network.

import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a text as it is. */
  readonly body?: object | string;
  /** Where the request comes from; 127.0.0.1 when left out. */
  readonly from?: string;
  readonly ca?: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

export const jsonOf = ({ text }: Answer): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

/** The whole answer; of one that does not end, what came with its head. */
export function ask(url: string, { method = 'GET', headers = {}, body, from, ca }: Ask = {}): Promise<Answer> {
  const sent = typeof body === 'object' ? JSON.stringify(body) : body;
  const type = sent === undefined ? {} : { 'content-type': 'application/json' };
  const options = {
    method,
    headers: { ...type, ...headers },
    ...(from === undefined ? {} : { localAddress: from }),
    ...(ca === undefined ? {} : { ca }),
    agent: false as const,
  };
  return new Promise((resolve, reject) => {
    const outgoing = (url.startsWith('https:') ? overHttps : overHttp)(url, options, (incoming) => {
      const { statusCode: status = 0, headers: got } = incoming;
      const contentType = String(got['content-type'] ?? '');
      let text = '';
      const end = (): void => resolve({ status, type: contentType, headers: got, text });
      incoming.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        if (!contentType.startsWith('text/event-stream')) return;
        end();
        outgoing.destroy();
      });
      incoming.on('end', end);
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(sent);
  });
}
