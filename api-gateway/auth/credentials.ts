// Where a request carries its token: `X-Admin-Token` as ever, `Authorization: Bearer`, or, as a browser cannot set
// headers on a WebSocket, a subprotocol. Never the address, which ends up in logs.

import type { IncomingHttpHeaders } from 'node:http';

/** What a browser offers beside `tachyon`: this and the token in base64url, because a subprotocol is an HTTP token. */
const SUBPROTOCOL_PREFIX = 'tachyon.token.';
const TOKEN_CHARACTERS_MAX = 512;

/** The token, or null when there is none. Two different ones are none: it is not clear who asks. */
export function tokenOf(headers: IncomingHttpHeaders): string | null {
  const given = [fromHeader(headers), fromBearer(headers), fromSubprotocol(headers)].filter((token) => token !== null);
  const [token] = given;
  if (token === undefined || token === '' || token.length > TOKEN_CHARACTERS_MAX) return null;
  return given.every((other) => other === token) ? token : null;
}

function fromHeader({ 'x-admin-token': value }: IncomingHttpHeaders): string | null {
  return typeof value === 'string' ? value : null;
}

function fromBearer({ authorization }: IncomingHttpHeaders): string | null {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? null;
}

function fromSubprotocol({ upgrade, 'sec-websocket-protocol': offered }: IncomingHttpHeaders): string | null {
  if (upgrade?.toLowerCase() !== 'websocket' || offered === undefined) return null;
  const word = offered
    .split(',')
    .map((each) => each.trim())
    .find((each) => each.startsWith(SUBPROTOCOL_PREFIX));
  return word === undefined ? null : Buffer.from(word.slice(SUBPROTOCOL_PREFIX.length), 'base64url').toString('utf8');
}
