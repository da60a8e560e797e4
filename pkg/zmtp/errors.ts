// Every way in which a connection, an address or a call can fail, in one catalogue. A code is for programs and never
// changes its meaning; the sentence is for people.

export const ZMTP_ERRORS = {
  BAD_GREETING: 'the peer did not open with a ZMTP greeting',
  UNSUPPORTED_VERSION: 'the peer speaks a version of ZMTP that is not supported',
  MECHANISM_MISMATCH: 'the peer asks for another security mechanism',
  BAD_HANDSHAKE: 'the peer broke the rules of the handshake',
  HANDSHAKE_TIMEOUT: 'the peer did not finish the handshake in time',
  AUTHENTICATION_FAILED: 'the credentials of the peer were not accepted',
  INCOMPATIBLE_SOCKET: 'the socket type of the peer does not go with this one',
  IDENTITY_IN_USE: 'another connection has this identity',
  IDENTITY_TAKEN: 'a newer connection took over the identity',
  REFUSED_BY_PEER: 'the peer answered with ERROR',
  BAD_FRAME: 'a frame breaks the framing rules',
  BAD_COMMAND: 'a command is malformed or out of place',
  BAD_ENVELOPE: 'a reply has no delimiter frame',
  MESSAGE_TOO_LONG: 'a message has more bytes than allowed',
  TOO_MANY_FRAMES: 'a message has more frames than allowed',
  COMMAND_TOO_LONG: 'a command has more bytes than allowed',
  SUBSCRIPTION_TOO_LONG: 'a subscription has more bytes than allowed',
  TOO_MANY_SUBSCRIPTIONS: 'the peer has more subscriptions than allowed',
  TOO_MANY_CONNECTIONS: 'no room for another connection',
  HEARTBEAT_TIMEOUT: 'nothing was heard from the peer in time',
  CLOSED_BY_PEER: 'the peer closed the connection',
  CONNECTION_LOST: 'the connection broke',
  CONNECT_FAILED: 'the connection could not be made',
  CLOSED: 'the connection was closed at this end',
  BAD_ADDRESS: 'the address cannot be used',
  ADDRESS_IN_USE: 'the address is in use',
  BIND_FAILED: 'the address could not be bound',
} as const;

export type ZmtpErrorCode = keyof typeof ZMTP_ERRORS;

export class ZmtpError extends Error {
  override readonly name = 'ZmtpError';
  readonly code: ZmtpErrorCode;

  constructor(code: ZmtpErrorCode, detail = '', options?: ErrorOptions) {
    super(detail === '' ? ZMTP_ERRORS[code] : `${ZMTP_ERRORS[code]}: ${detail}`, options);
    this.code = code;
  }
}
