// What one peer may cost. Each limit has a default that suits a service on a private network; each is checked before
// the memory that it bounds is taken.

export interface ZmtpLimits {
  /** From the connection (or the dial) to the end of the handshake, in milliseconds. Default 10,000. */
  readonly handshakeMs: number;
  /** Bytes of all frames of one message received. Default 64 MiB. */
  readonly messageBytesMax: number;
  /** Frames of one message received. Default 8,192. */
  readonly framesMax: number;
  /** Bytes of a handshake command: credentials and properties. Default 8,192. */
  readonly propertiesBytesMax: number;
  /** Connections of one socket, those under handshake included. Default 16,384. */
  readonly connectionsMax: number;
  /** Messages accepted for one peer and not yet with the kernel. Default 10,000. */
  readonly queueMessagesMax: number;
  /** Bytes of these, framing included; one message of any size fits into an empty queue. Default 16 MiB. */
  readonly queueBytesMax: number;
  /** Bytes of one subscription that a peer asks for. Default 1,024. */
  readonly subscriptionBytesMax: number;
  /** Subscriptions of one peer, repeated ones counted. Default 10,000. */
  readonly subscriptionsMax: number;
}

export const ZMTP_LIMITS: ZmtpLimits = Object.freeze({
  handshakeMs: 10_000,
  messageBytesMax: 64 * 1024 * 1024,
  framesMax: 8_192,
  propertiesBytesMax: 8_192,
  connectionsMax: 16_384,
  queueMessagesMax: 10_000,
  queueBytesMax: 16 * 1024 * 1024,
  subscriptionBytesMax: 1_024,
  subscriptionsMax: 10_000,
});

/** The defaults with what was given; a limit that is not a positive whole number is a mistake of the program. */
export function limitsOf(given: Partial<ZmtpLimits>): ZmtpLimits {
  const limits: ZmtpLimits = { ...ZMTP_LIMITS, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`${name} is to be a positive whole number, not ${value}`);
  }
  return limits;
}
