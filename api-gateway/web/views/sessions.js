// Who consumes: sessions with what they hold.

import { Badge, Failure, Heading, Pager, Table, Tenant, Text } from '../parts.js';
import { usePaged } from '../polling.js';
import { to } from '../router.js';
import { bytes, count } from '../text.js';
import { html } from '../vendor/preact.js';

const EVERY_MS = 2_000;
const LIMIT = 100;

const SHOWN_MAX = 6;

function stateOf({ live, resumable, blocked, inflight, max_inflight: max }) {
  if (!live) return resumable ? ['waiting', 'warn', 'It is gone and may come back.'] : ['gone', 'calm', 'It is gone.'];
  if (blocked) return ['blocked', 'bad', 'It does not read what it is sent.'];
  if (inflight >= max) return ['full', 'warn', 'It holds as many messages as it may.'];
  return ['live', 'good', 'It is there.'];
}

export function SessionState({ session }) {
  const [state, tone, why] = stateOf(session);
  return html`<${Badge} tone=${tone} title=${why}>${state}<//>`;
}

function QueueLinks({ session: { queues, tenant_id: tenant } }) {
  const links = queues
    .slice(0, SHOWN_MAX)
    .map(
      (queue, at) =>
        html`${at > 0 && ', '}<a href=${to('queues/one', { queue, tenant })}><${Text} value=${queue} max=${40} /></a>`,
    );
  return html`${links}${queues.length > SHOWN_MAX && html` and ${count(queues.length - SHOWN_MAX)} more`}`;
}

const columns = [
  {
    head: 'Consumer',
    wide: true,
    cell: (session) => html`<${Text} value=${session.consumer_id} max=${60} /><${Tenant} id=${session.tenant_id} />`,
  },
  { head: 'State', cell: (session) => html`<${SessionState} session=${session} />` },
  { head: 'Queues', wide: true, cell: (session) => html`<${QueueLinks} session=${session} />` },
  {
    head: 'In flight',
    number: true,
    cell: ({ inflight, max_inflight: max }) => html`${count(inflight)}<span class="faint"> of ${count(max)}</span>`,
  },
  { head: 'Holds', number: true, cell: (session) => bytes(session.inflight_bytes) },
  { head: 'Acknowledges', cell: (session) => (session.supports_ack ? 'yes' : 'no') },
  { head: 'Session', number: true, cell: (session) => html`<${Text} value=${session.session_id} max=${24} />` },
];

export function Sessions() {
  const list = usePaged('sessions', { limit: LIMIT }, EVERY_MS);
  return html`
    <${Heading} title="Sessions" />
    <${Failure} problem=${list.problem} at=${list.at} />
    <${Table} label="Sessions" columns=${columns} items=${list.items} keyOf=${(session) => session.session_id} empty="Nobody consumes at the moment." />
    <${Pager} ...${list} />
  `;
}
