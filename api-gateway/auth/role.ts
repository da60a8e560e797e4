// Who may do what: one ladder of roles. Each role may do all that the roles below it may, so that a route states one
// word and a person has to remember one line:
//
//   metrics < viewer < operator < redrive < admin
//   scrapes   reads    publishes,   replays and    purges and
//                      consumes,    dead-letters,  deletes
//                      declares,    cancels jobs
//                      binds
//                      steers

export const ROLES = ['metrics', 'viewer', 'operator', 'redrive', 'admin'] as const;

export type Role = (typeof ROLES)[number];

/** What a route asks for: a role, or nothing at all. Every route says one of them. */
export type Access = Role | 'open';

export const mayDo = (has: Role, asked: Role): boolean => ROLES.indexOf(has) >= ROLES.indexOf(asked);

export const ROLE_TEXTS: Readonly<Record<Role, string>> = {
  metrics: 'read /metrics and nothing else',
  viewer: 'read everything, message bodies included',
  operator: 'publish, consume, declare, bind, pause, drain and resume queues and keys, add and remove routes',
  redrive: 'replay dead letters, dead-letter by hand, cancel jobs',
  admin: 'purge and delete',
};
