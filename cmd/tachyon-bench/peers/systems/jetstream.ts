// What both drivers of JetStream declare: one stream in a file on one server, one durable consumer with explicit acks.

export const JS_STREAM = 'RACE';
export const JS_SUBJECT = 'race';
export const DURABLE = 'race';

const LEASE_NS = 30_000_000_000;

/** Messages stay after their acknowledgement, which costs the server less than a work queue. */
export const jsStream = () =>
  ({
    name: JS_STREAM,
    subjects: [JS_SUBJECT],
    storage: 'file',
    retention: 'limits',
    num_replicas: 1,
  }) as const;

export const jsConsumer = (window: number) =>
  ({
    durable_name: DURABLE,
    ack_policy: 'explicit',
    deliver_policy: 'all',
    ack_wait: LEASE_NS,
    max_ack_pending: window,
  }) as const;
