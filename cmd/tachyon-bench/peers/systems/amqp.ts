// What both drivers of RabbitMQ agree on.

export const QUEUE = 'race';
/** What the drivers say they are. */
export const AMQP_USER = 'guest';
export const AMQP_PASSWORD = 'guest';

/** Server and drivers agree on it: the largest body of a race fits into one frame. */
export const FRAME_BYTES_MAX = 2 * 1024 * 1024;

/** A durable queue of the type that the lane measures: `quorum` or `classic`. */
export const queueArguments = (type: string): Readonly<Record<string, string>> => ({ 'x-queue-type': type });
