// `/ws/broker-admin`: the overview at once and then every five seconds. However many listen, it is made once.
// Invariant: who does not read or does not answer pings is let go, and so is whose token is no longer good.

import type { WebSocket } from '@fastify/websocket';
import type { FastifyRequest } from 'fastify';
import { TachyonError } from '../../../pkg/protocol/errors.ts';
import { tokenOf } from '../../auth/credentials.ts';
import type { GatewayContext, Routes } from '../../context.ts';

const EVERY_MS = 5_000;
const UNREAD_BYTES_MAX = 4 * 1024 * 1024;
/** Who does not answer a goodbye is not waited for. */
const GOODBYE_MS = 500;
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;

export const socketRoutes: Routes = (context) => async (app) => {
  app.get(
    '/ws/broker-admin',
    { websocket: true, config: { access: 'viewer', isStream: true }, schema: { hide: true } },
    (socket, request) => {
      try {
        serve(context, socket, request);
      } catch (error) {
        if (!(error instanceof TachyonError)) throw error;
        socket.close(TRY_AGAIN_LATER, error.code);
      }
    },
  );
};

function serve({ streams, snapshots, authority }: GatewayContext, socket: WebSocket, request: FastifyRequest): void {
  const leave = streams.enter('websocket', () => {
    socket.close(GOING_AWAY, 'the gateway stops');
    setTimeout(() => socket.terminate(), GOODBYE_MS).unref();
  });
  let answered = true;
  const send = async (): Promise<void> => {
    const told = await snapshots.text().catch((error: unknown) => {
      if (error instanceof TachyonError) return JSON.stringify({ error: { code: error.code, message: error.message } });
      throw error;
    });
    if (socket.readyState === socket.OPEN) socket.send(told);
  };
  const sendSafely = (): void => {
    send().catch((error: unknown) => {
      request.log.error({ err: error }, 'a snapshot could not be made');
      socket.terminate();
    });
  };
  const timer = setInterval(() => {
    const token = tokenOf(request.headers);
    if (token === null || authority.identify(token) === null) return socket.close(POLICY_VIOLATION, 'TOKEN_REQUIRED');
    if (!answered || socket.bufferedAmount > UNREAD_BYTES_MAX) return socket.terminate();
    answered = false;
    socket.ping();
    return sendSafely();
  }, EVERY_MS);
  socket.on('pong', () => {
    answered = true;
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    clearInterval(timer);
    leave();
  });
  sendSafely();
}
