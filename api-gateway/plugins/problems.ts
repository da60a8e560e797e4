// Every failure leaves as problem+json (RFC 9457) with a code of the catalogue: this is the one place where codes become
// HTTP statuses. Invariant: what is not foreseen is a 500 that says nothing of the inside, and a line in the log.

import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { ERRORS, type ErrorCode, TachyonError } from '../../pkg/protocol/errors.ts';
import type { Problem } from '../schemas/problem.ts';

const CONTENT_TYPE = 'application/problem+json; charset=utf-8';

/** By code; what is not listed follows `statusOf`. */
const STATUS: Partial<Record<string, number>> = {
  TOKEN_REQUIRED: 401,
  ROLE_TOO_LOW: 403,
  TENANT_NOT_TRUSTED: 403,
  FANOUT_NOT_ISOLATED: 403,
  NOT_IN_THIS_SYSTEM: 404,
  PAYLOAD_TOO_LARGE: 413,
  FRAME_TOO_LARGE: 413,
  TOO_MANY_ITEMS: 413,
  BATCH_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  SCHEMA_MISMATCH: 422,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  NOT_SUPPORTED: 501,
  UNKNOWN_CONTROL: 501,
  MALFORMED_CONTROL: 502,
  CLIENT_CLOSED: 503,
};

/** The state of the broker, not the request, stands in the way. */
const CONFLICT =
  /_(EXISTS|IN_USE|NOT_EMPTY|EXPIRED|REPLACED|MISMATCH|DELETED)$|^(UNROUTABLE|BATCH_REFUSED|AMBIGUOUS_ID|(STALE|FOREIGN)_DELIVERY)$/;

export function statusOf(code: ErrorCode): number {
  const listed = STATUS[code];
  if (listed !== undefined) return listed;
  if (/(^|_)NOT_FOUND$/.test(code)) return 404;
  if (CONFLICT.test(code)) return 409;
  return ERRORS[code].retry === 'later' ? 503 : 400;
}

type FieldError = NonNullable<Problem['errors']>[number];

export function problemOf(error: TachyonError, requestId: string, errors?: readonly FieldError[]): Problem {
  const { code, detail, retryAfterMs } = error;
  return {
    type: `urn:tachyon:error:${code}`,
    title: ERRORS[code].sentence,
    status: statusOf(code),
    code,
    ...(detail === '' ? {} : { detail }),
    ...(retryAfterMs === undefined ? {} : { retry_after_ms: Math.ceil(retryAfterMs) }),
    ...(errors === undefined ? {} : { errors: [...errors] }),
    request_id: requestId,
  };
}

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="tachyon"');
  if (problem.retry_after_ms !== undefined) {
    void reply.header('retry-after', String(Math.ceil(problem.retry_after_ms / 1_000)));
  }
  // Said here too: what is refused before it has a route passes no hook.
  void reply.headers({
    'x-request-id': problem.request_id,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  return reply.code(problem.status).header('content-type', CONTENT_TYPE).send(problem);
}

const CLIENT_FAULTS: Readonly<Record<string, readonly [string, ErrorCode]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'FRAME_TOO_LARGE'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'TIMEOUT'],
};

/** What is no HTTP at all never becomes a request: it is answered on the socket, and that is closed. */
export function answerClientFault(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, code] = CLIENT_FAULTS[error.code ?? ''] ?? ['400 Bad Request', 'INVALID_ARGUMENT'];
  const problem = { ...problemOf(new TachyonError(code), randomUUID()), status: Number.parseInt(status, 10) };
  const body = JSON.stringify(problem);
  const head = [`HTTP/1.1 ${status}`, `content-type: ${CONTENT_TYPE}`, `content-length: ${Buffer.byteLength(body)}`];
  socket.end(`${head.join('\r\n')}\r\nconnection: close\r\n\r\n${body}`);
}

const IN: Readonly<Record<string, FieldError['in']>> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'header',
};

export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const where = IN[(error as FastifyError).validationContext ?? ''] ?? 'body';
    const errors = error.validation.map(({ instancePath, message = '' }) => ({
      in: where,
      field: instancePath.replace(/^\//, '').replaceAll('/', '.'),
      message,
    }));
    const [first] = errors;
    const detail = first === undefined ? '' : `${first.field || where}: ${first.message}`;
    request.failure = 'INVALID_ARGUMENT';
    return sendProblem(reply, problemOf(new TachyonError('INVALID_ARGUMENT', detail), request.id, errors));
  }
  const known = error instanceof TachyonError ? error : ofFramework(error as FastifyError);
  request.failure = known.code;
  const level = known.code === 'INTERNAL' ? 'error' : known.code === 'MALFORMED_CONTROL' ? 'warn' : 'debug';
  request.log[level]({ err: error, code: known.code }, 'a request failed');
  return sendProblem(reply, problemOf(known, request.id));
}

/** What the HTTP layer itself refuses, in the catalogue's words. */
function ofFramework({ code, statusCode = 500, message }: FastifyError): TachyonError {
  if (statusCode === 413) return new TachyonError('PAYLOAD_TOO_LARGE', message);
  if (statusCode === 415) return new TachyonError('UNSUPPORTED_MEDIA_TYPE');
  if (statusCode === 429) return new TachyonError('RATE_LIMITED');
  if (statusCode === 404) return new TachyonError('NOT_FOUND');
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY' || code === 'FST_ERR_CTP_INVALID_JSON_BODY') {
    return new TachyonError('MALFORMED_BODY', 'the body of the request is not JSON');
  }
  if (statusCode >= 400 && statusCode < 500) return new TachyonError('INVALID_ARGUMENT', message);
  return new TachyonError('INTERNAL', 'the gateway could not answer; its log says why');
}

export function problems(app: FastifyInstance): void {
  app.setErrorHandler(answerError);
}
