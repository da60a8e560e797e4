// All queues, each with its lag and the reason for it.

import { Change } from '../change.js';
import { declareQueue } from '../changes.js';
import { lagOf } from '../lag.js';
import { RoleButton } from '../may.js';
import { Badge, Failure, Heading, Pager, Table, Tenant, Text } from '../parts.js';
import { usePaged, usePolled } from '../polling.js';
import { go, to } from '../router.js';
import { bytes, count, duration } from '../text.js';
import { html, useState } from '../vendor/preact.js';

const EVERY_MS = 2_000;
const LIMIT = 200;

export function Queues({ status, who }) {
  const list = usePaged('queues', { limit: LIMIT }, EVERY_MS);
  const sessions = usePolled({ path: 'sessions', query: { limit: 500 } }, EVERY_MS);
  const [words, setWords] = useState('');
  const [declares, setDeclares] = useState(false);
  const items = list.items?.filter(({ queue }) => queue.toLowerCase().includes(words.toLowerCase())) ?? null;
  const columns = [
    {
      head: 'Queue',
      wide: true,
      cell: ({ queue, tenant_id: tenant }) =>
        html`<a href=${to('queues/one', { queue, tenant })}><${Text} value=${queue} max=${60} /></a><${Tenant} id=${tenant} />`,
    },
    {
      head: 'State',
      wide: true,
      cell: (queue) => html`<${Reason} lag=${lagOf(queue, sessions.data?.items ?? null, status)} />`,
    },
    { head: 'Depth', number: true, cell: ({ depth }) => count(depth) },
    { head: 'Ready', number: true, cell: ({ ready }) => count(ready) },
    { head: 'Leased', number: true, cell: ({ leased }) => count(leased) },
    { head: 'Retrying', number: true, cell: (queue) => count(queue.waiting_retry) },
    { head: 'Oldest', number: true, cell: (queue) => duration(queue.oldest_unacked_ms) },
    { head: 'Consumers', number: true, cell: ({ consumers }) => count(consumers) },
    {
      head: 'Dead',
      number: true,
      cell: ({ queue, tenant_id: tenant, dead_letters: dead }) =>
        dead === 0 ? count(dead) : html`<a href=${to('dead-letters', { queue, tenant_id: tenant })}>${count(dead)}</a>`,
    },
    { head: 'Size', number: true, cell: (queue) => bytes(queue.bytes) },
  ];
  return html`
    <${Heading} title="Queues">
      <input
        type="search"
        placeholder="Name contains\u2026"
        aria-label="Queues of this page whose name contains"
        value=${words}
        onInput=${(event) => setWords(event.target.value)}
      />
      <${RoleButton} who=${who} role="operator" start=${() => setDeclares(true)}>Declare<//>
    <//>
    <${Failure} problem=${list.problem} at=${list.at} />
    <${Table}
      label="Queues"
      columns=${columns}
      items=${items}
      keyOf=${({ queue, tenant_id: tenant }) => `${tenant}/${queue}`}
      empty=${words === '' ? 'There is no queue yet. Declare one; the first consumer does so too.' : 'No queue of this page has such a name.'}
    />
    <${Pager} ...${list} />
    ${
      declares &&
      html`<${Change}
      change=${declareQueue()}
      who=${who}
      close=${(made) => {
        setDeclares(false);
        if (made !== null) go('queues/one', made);
      }}
    />`
    }
  `;
}

/** What is well needs no sentence beside it. */
const Reason = ({ lag }) =>
  html`<${Lag} ...${lag} />${(lag.tone === 'bad' || lag.tone === 'warn') && html`<div class="faint small">${lag.why}</div>`}`;

export const Lag = ({ state, tone, why, beside = null }) =>
  html`<${Badge} tone=${tone} title=${why}>${state}<//>${beside !== null && html` <${Badge} tone="warn" title=${why}>${beside}<//>`}`;
