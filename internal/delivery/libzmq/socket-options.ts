// The limits of both libzmq sockets, each with its default and the reason for it. libzmq's own defaults are no limits:
// no maximum size, no heartbeats, and a linger that never ends.

export interface LibzmqSocketLimits {
  /** Messages that libzmq holds per peer on the way out. It counts messages, not bytes. */
  readonly sendHighWaterMark: number;
  /** Larger than this in one frame, and libzmq closes the connection; it has no bound for a whole message. */
  readonly frameBytesMax: number;
  /** A silent connection is asked this often whether it lives. */
  readonly heartbeatIntervalMs: number;
  /** … and closed when nothing came for so long after that. */
  readonly heartbeatTimeoutMs: number;
  /** What the peer is told: it may close the connection when it hears nothing for so long. */
  readonly heartbeatTimeToLiveMs: number;
  /** A connection that does not finish its greeting within this time is closed. */
  readonly handshakeMs: number;
  /** Connections that the system holds before they are accepted. */
  readonly connectionBacklog: number;
}

export const SOCKET_LIMITS: LibzmqSocketLimits = {
  sendHighWaterMark: 1_000,
  frameBytesMax: 64 * 1024 * 1024,
  heartbeatIntervalMs: 5_000,
  heartbeatTimeoutMs: 15_000,
  // Longer than the timeout: a broker that was stopped for a while should find its peers still connected.
  heartbeatTimeToLiveMs: 30_000,
  handshakeMs: 10_000,
  connectionBacklog: 1_024,
};

/**
 * The options that every socket here is built with. `sendTimeout: 0`: a send is settled inside the call and never waits.
 * `linger: 0` until close says otherwise, so that a crash of the surrounding code cannot hang the exit.
 */
export const socketOptions = (limits: LibzmqSocketLimits, address: string) => ({
  linger: 0,
  sendTimeout: 0,
  sendHighWaterMark: limits.sendHighWaterMark,
  maxMessageSize: limits.frameBytesMax,
  heartbeatInterval: limits.heartbeatIntervalMs,
  heartbeatTimeout: limits.heartbeatTimeoutMs,
  heartbeatTimeToLive: limits.heartbeatTimeToLiveMs,
  handshakeInterval: limits.handshakeMs,
  backlog: limits.connectionBacklog,
  ipv6: address.includes('['),
});
