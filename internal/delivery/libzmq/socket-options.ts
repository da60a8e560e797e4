// The limits of both libzmq sockets, each with its default and the reason for it. libzmq's own defaults are no limits:
// no maximum size, no sign of a dead connection, and a linger that never ends.

export interface LibzmqSocketLimits {
  /** Messages that libzmq holds per peer on the way out. It counts messages, not bytes. */
  readonly sendHighWaterMark: number;
  /** Larger than this in one frame, and libzmq closes the connection; it has no bound for a whole message. */
  readonly frameBytesMax: number;
  /** A connection on which nothing moves is probed by TCP after so many seconds, and so often after that. */
  readonly keepaliveIdleSeconds: number;
  readonly keepaliveIntervalSeconds: number;
  /** … and closed after so many probes without an answer. */
  readonly keepaliveProbes: number;
  /** A connection that does not finish its greeting within this time is closed. */
  readonly handshakeMs: number;
  /** Connections that the system holds before they are accepted. */
  readonly connectionBacklog: number;
}

export const SOCKET_LIMITS: LibzmqSocketLimits = {
  sendHighWaterMark: 1_000,
  frameBytesMax: 64 * 1024 * 1024,
  keepaliveIdleSeconds: 10,
  keepaliveIntervalSeconds: 5,
  keepaliveProbes: 3,
  handshakeMs: 10_000,
  connectionBacklog: 1_024,
};

/**
 * ZMTP heartbeats stay off. libzmq 4.3.5 aborts the process when a heartbeat comes due on a connection that broke while
 * its input was stopped at the high-water mark (zeromq/libzmq issue 4364): any client could end the broker. TCP
 * keepalive finds half-open connections, and the protocol's own heartbeats find silent peers.
 *
 * The options that every socket here is built with. `sendTimeout: 0`: a send is settled inside the call and never waits.
 * `linger: 0` until close says otherwise, so that a crash of the surrounding code cannot hang the exit.
 */
export const socketOptions = (limits: LibzmqSocketLimits, address: string) => ({
  linger: 0,
  sendTimeout: 0,
  sendHighWaterMark: limits.sendHighWaterMark,
  maxMessageSize: limits.frameBytesMax,
  heartbeatInterval: 0,
  tcpKeepalive: 1,
  tcpKeepaliveIdle: limits.keepaliveIdleSeconds,
  tcpKeepaliveInterval: limits.keepaliveIntervalSeconds,
  tcpKeepaliveCount: limits.keepaliveProbes,
  handshakeInterval: limits.handshakeMs,
  backlog: limits.connectionBacklog,
  ipv6: address.includes('['),
});
