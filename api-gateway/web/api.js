// Asks the gateway. The token lives in sessionStorage alone: it goes when the tab goes, and it is sent nowhere but here.

const ROOT = new URL('api/v1/', document.baseURI);
const TOKEN = 'tachyon.token';
const ACTOR = 'tachyon.actor';
const PATIENCE_MS = 15_000;

/** A failure with the code and words of the gateway. */
export class Problem extends Error {
  constructor({ code, title, detail, status, request_id: requestId, retry_after_ms: retryAfterMs }) {
    super(detail ? `${title} ${detail}` : title);
    this.code = code;
    this.title = title;
    this.detail = detail ?? '';
    this.status = status;
    this.requestId = requestId ?? '';
    this.retryAfterMs = retryAfterMs ?? 0;
  }
}

const stored = (key) => ({
  read: () => sessionStorage.getItem(key) ?? '',
  write: (value) => (value === '' ? sessionStorage.removeItem(key) : sessionStorage.setItem(key, value)),
});
export const token = stored(TOKEN);
/** Who acts, as the person said it last. */
export const actor = stored(ACTOR);

let refused = () => undefined;
/** `listener` hears when the token is not, or no longer, known. */
export function onRefused(listener) {
  refused = listener;
}

/** A name as one step of a path. Browsers read `..` as a way up however it is spelt, so it cannot be asked for. */
export function step(name) {
  if (name === '.' || name === '..') {
    throw new Problem({
      code: 'INVALID_ARGUMENT',
      title: 'A name of dots alone cannot stand in an address.',
      detail: 'The tachyon command shows it.',
      status: 0,
    });
  }
  return encodeURIComponent(wellFormed(name));
}

const wellFormed = (text) => text.replaceAll(/\p{Cs}/gu, '\ufffd');

/** `query` may hold undefined and empty values, which are left out. */
export async function ask(path, { method = 'GET', query = {}, body, signal } = {}) {
  const url = new URL(path, ROOT);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') url.searchParams.set(name, wellFormed(String(value)));
  }
  const late = AbortSignal.timeout(PATIENCE_MS);
  const secret = token.read();
  const headers = { ...(secret === '' ? {} : { 'x-admin-token': secret }), accept: 'application/json' };
  let response;
  let answer;
  try {
    response = await fetch(url, {
      method,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal === undefined ? late : AbortSignal.any([late, signal]),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
    });
    answer = await response.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem({
      code: 'GATEWAY_UNREACHABLE',
      title: 'The gateway does not answer.',
      detail: late.aborted ? `Nothing came within ${PATIENCE_MS / 1_000} s.` : '',
      status: response?.status ?? 0,
    });
  }
  if (response.ok) return answer;
  const problem = new Problem(answer);
  if (response.status === 401 && secret === token.read()) refused(problem);
  throw problem;
}

/** A token as people paste it has no blanks and fits into a header; another one would not even be sent. */
export const isToken = (text) => /^[\x21-\x7e]{1,1024}$/.test(text);
