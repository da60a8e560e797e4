// ZMTP 3.1 (RFC 37) in TypeScript over TCP and Unix sockets: ROUTER, DEALER and REQ (RFC 28), PUB, XPUB and SUB (RFC 29),
// security NULL and PLAIN (RFC 24), peers of ZMTP 3.0 (RFC 23) and 2.0 (RFC 15). README.md tells how and why.
//
// Guarantees: a message arrives whole or not at all, once, and in the order of the sends of its connection. Not
// guaranteed: that a message arrives. `accepted` means queued for one connection; what that connection did not carry
// when it ended is lost, and `onGone` says how many messages never left this process.

export type { ReconnectOptions } from './backoff.ts';
export { ZMTP_ERRORS, ZmtpError, type ZmtpErrorCode } from './errors.ts';
export type { ZmtpVersion } from './greeting.ts';
export type { HeartbeatOptions } from './heartbeat.ts';
export { ZMTP_LIMITS, type ZmtpLimits } from './limits.ts';
export type { BindOptions } from './listener.ts';
export type { Mechanism, MechanismStep, Security } from './mechanisms/mechanism.ts';
export { NULL_SECURITY } from './mechanisms/null.ts';
export { type Authenticate, type PlainCredentials, plainClient, plainServer } from './mechanisms/plain.ts';
export type { Metadata } from './metadata.ts';
export type { Peer, SendResult } from './peer.ts';
export type { SocketType } from './socket-type.ts';
export { Dealer, type DealerHandlers, type DealerOptions } from './sockets/dealer.ts';
export { Pub, type PubHandlers, type PubOptions } from './sockets/pub.ts';
export { Req, type ReqHandlers, type ReqOptions } from './sockets/req.ts';
export { Router, type RouterHandlers, type RouterOptions } from './sockets/router.ts';
export { Sub, type SubHandlers, type SubOptions } from './sockets/sub.ts';
export { XPub, type XPubHandlers, type XPubOptions } from './sockets/xpub.ts';
export type { SocketHandlers, SocketOptions, ZmtpSocket } from './sockets/zmtp-socket.ts';
