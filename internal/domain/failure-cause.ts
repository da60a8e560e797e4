// Why an attempt did not end in an ack, or a message in the dead letters.

/** In the journal each is its place in this list, which is only appended to. */
export const FAILURE_CAUSES = [
  'nack_retryable',
  'nack_terminal',
  'delivery_timeout',
  'attempts_exhausted',
  'returns_exhausted',
  'manual',
  'imported',
  'redriven',
  'expired',
  'schema_mismatch',
] as const;
export type FailureCause = (typeof FAILURE_CAUSES)[number];
