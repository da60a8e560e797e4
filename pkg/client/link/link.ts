// One connection to one endpoint: frames out, frames in, and the news that it broke. A link never mends itself: whoever
// opened it decides what to do about a loss, with what it still owes to the broker in view.

/** One message in the frames that the wire knows. */
export type Frames = readonly Uint8Array[];

export interface LinkEvents {
  /** The frames are the receiver's: their memory is not used again. */
  message(frames: Frames): void;
  /** Told once, never after `close`: nothing more arrives, and what was sent last may not have. */
  lost(reason: string): void;
}

export interface Link {
  /**
   * Hands the message over before it returns, in the order of the calls, so that it leaves even if the event loop is
   * blocked from then on; false on a link that is lost or closed. The bytes must not change afterwards. A link queues without a bound of its own: what may be under way is bounded by
   * the window of a producer, and by the window of a consumer.
   */
  send(frames: Frames): boolean;
  /** Ends the link; what the kernel does not have yet may be dropped. Idempotent. */
  close(): void;
}

/** Begins to connect, and returns at once; a failure is told by `lost`. */
export type OpenLink = (address: string, events: LinkEvents) => Link;
