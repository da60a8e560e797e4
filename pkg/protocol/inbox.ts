// Inboxes: addresses that the broker gives to a connection, and to which others reply. They look like topics, and are
// reserved: no pattern matches them and no route leads there.

const INBOX_PREFIX = '_inbox.';

/** The queue index of a DELIVER that brings replies to an inbox: there is no queue, and nothing is to be settled. */
export const INBOX_QUEUE_INDEX = 0xffff;
/** How long a REQ that asks without a `ttl_ms` waits for its answer. */
export const REQUEST_WAIT_MS = 5_000;

export const inboxAddress = (token: string): string => `${INBOX_PREFIX}${token}`;

export const isInbox = (topic: string): boolean => topic.startsWith(INBOX_PREFIX);
