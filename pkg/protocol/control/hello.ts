// hello and hello.ok: the version, the form of bodies and the producer are agreed here, once per connection.

import { TOKEN_BYTES_MAX } from '../limits.ts';
import { NAME_BYTES_MAX } from '../topic.ts';
import { type Codec, count, flag, id, list, maybe, need, nullable, oneOf, record, text, whole } from './codec.ts';

export const VERSIONS_SPOKEN: readonly number[] = [1, 2];

/** A capability of a client: its publishes wait for room, in the broker, instead of being refused. */
export const WAIT_FOR_ROOM = 'wait_for_room';

export type BodyFormName = 'raw' | 'event' | 'envelope';

/** A producer id that was granted before, with the secret that proves it. */
export interface ProducerClaim {
  readonly id: number;
  readonly token: string;
}

export interface Hello {
  readonly type: 'hello';
  /** The versions that the client speaks; the highest common one is used. */
  readonly versions: readonly number[];
  readonly tenantId: string;
  /** Name and version of the client, for people. */
  readonly client: string;
  /** 'new' asks for a producer id, a claim for the one had before; null publishes without. */
  readonly producer: 'new' | ProducerClaim | null;
  /** The form of abtp/1 bodies whose options state none. */
  readonly bodyForm: BodyFormName;
  /** Whether abtp/1 publishes in the short form are confirmed; null: exactly if there is a producer. */
  readonly confirm: boolean | null;
  readonly capabilities: readonly string[];
}

export interface ProducerGrant {
  readonly id: number;
  readonly token: string;
  /** Counts the grants of this id. */
  readonly epoch: number;
  /** How far the outstanding sequences may reach apart. */
  readonly window: number;
  /** The highest sequence accepted so far; 0 for a new producer. */
  readonly lastSequence: number;
}

export interface HelloOk {
  readonly type: 'hello.ok';
  readonly version: number;
  readonly server: string;
  readonly producer: ProducerGrant | null;
  readonly limits: Readonly<Record<string, number>>;
  /** Each side sends something at least this often. */
  readonly heartbeatMs: number;
  /** Names the conversation in logs; null where there is none. */
  readonly session: string | null;
}

const claim = record<ProducerClaim>({ id: need('id', id), token: need('token', text(TOKEN_BYTES_MAX)) });

/** On the wire `true` asks for a new producer and `false` for none. */
const producer: Codec<Hello['producer']> = {
  read: (value, at, misfit) => (value === true ? 'new' : value === false ? null : claim.read(value, at, misfit)),
  write: (value) => (value === 'new' ? true : value === null ? null : claim.write(value)),
};

const VERSIONS_DEFAULT: readonly number[] = [1];
const NONE: readonly string[] = [];
const NAMES_MAX = 64;

export const hello: Codec<Omit<Hello, 'type'>> = record<Omit<Hello, 'type'>>({
  versions: maybe('versions', list(whole(1, 255), NAMES_MAX), VERSIONS_DEFAULT),
  tenantId: maybe('tenant_id', text(NAME_BYTES_MAX), ''),
  client: maybe('client', text(NAME_BYTES_MAX), ''),
  producer: maybe('producer', producer, null),
  bodyForm: maybe('body_form', oneOf('raw', 'event', 'envelope'), 'raw'),
  confirm: maybe('confirm', nullable(flag), null),
  capabilities: maybe('capabilities', list(text(NAME_BYTES_MAX), NAMES_MAX), NONE),
});

const grant = record<ProducerGrant>({
  id: need('id', id),
  token: need('token', text(TOKEN_BYTES_MAX)),
  epoch: need('epoch', count),
  window: need('window', count),
  lastSequence: maybe('last_sequence', count, 0),
});

const numbers: Codec<Readonly<Record<string, number>>> = {
  read(value, at, misfit) {
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : null;
    if (entries === null || !entries.every((entry): entry is [string, number] => Number.isFinite(entry[1]))) {
      return misfit.note('MALFORMED_CONTROL', `${at} must be an object of numbers`);
    }
    return Object.fromEntries(entries);
  },
  write: (value) => value,
};

export const helloOk: Codec<Omit<HelloOk, 'type'>> = record<Omit<HelloOk, 'type'>>({
  version: need('version', count),
  server: maybe('server', text(NAME_BYTES_MAX), ''),
  producer: maybe('producer', nullable(grant), null),
  limits: need('limits', numbers),
  heartbeatMs: need('heartbeat_ms', count),
  session: maybe('session', nullable(text(NAME_BYTES_MAX)), null),
});

/** The highest version that both speak, or null: UNSUPPORTED_VERSION. */
export function agreeVersion(versions: readonly number[]): 1 | 2 | null {
  if (versions.includes(2)) return 2;
  return versions.includes(1) ? 1 : null;
}
