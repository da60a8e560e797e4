// One queue: its lag and why, its policy, routes and consumers, and its messages in order; and what operators may do with
// it. Nothing is consumed by looking.

import { step } from '../api.js';
import { BodyPanel } from '../body-panel.js';
import { Change } from '../change.js';
import { bindQueue, deleteQueue, purgeQueue, steerQueue } from '../changes.js';
import { lagOf } from '../lag.js';
import { RoleButton } from '../may.js';
import { Badge, Facts, Failure, Heading, Pager, Panel, Table, Tenant, Text, Time } from '../parts.js';
import { usePaged, usePolled } from '../polling.js';
import { go, to } from '../router.js';
import { bytes, count, duration } from '../text.js';
import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { Lag } from './queues.js';
import { routeColumns } from './routes.js';
import { SessionState } from './sessions.js';

const EVERY_MS = 2_000;
const PAGE = 25;
const BODY_BYTES = 64 * 1_024;

export function Queue({ params: { queue: name = '', tenant = '', sequence }, status, who }) {
  const {
    data: queue,
    problem,
    at,
    refresh,
  } = usePolled({ path: `queues/${step(name)}`, query: { tenant_id: tenant } }, EVERY_MS);
  return html`
    <${Heading} title=${html`<small>Queue</small> <${Text} value=${name} max=${80} /><${Tenant} id=${tenant} />`}>
      <a class="button" href=${to('queues')}>All queues</a>
    <//>
    <${Failure} problem=${problem} at=${at} />
    ${queue !== null && html`<${Orders} queue=${queue} who=${who} refresh=${refresh} />`}
    ${queue !== null && html`<${Told} queue=${queue} status=${status} />`}
    ${(queue !== null || problem === null) && html`<${Messages} name=${name} tenant=${tenant} first=${Number(sequence) || null} />`}
  `;
}

/** Held back or not, the way back is offered beside the other. */
function Orders({ queue, who, refresh }) {
  const [change, setChange] = useState(null);
  const { paused = false, draining = false } = queue;
  const button = (label, role, make) =>
    html`<${RoleButton} who=${who} role=${role} start=${() => setChange(make())}>${label}<//>`;
  const steer = (label, word) => button(label, 'operator', () => steerQueue(word, queue));
  return html`
    <div class="bar" role="group" aria-label="Orders">
      ${(paused || draining) && steer('Resume', 'resume')} ${!paused && steer('Pause', 'pause')}
      ${!draining && steer('Drain', 'drain')} ${button('Bind', 'operator', () => bindQueue(queue))}
      ${button('Purge', 'admin', () => purgeQueue(queue))} ${button('Delete', 'admin', () => deleteQueue(queue))}
    </div>
    ${
      change !== null &&
      html`<${Change}
      change=${change}
      who=${who}
      close=${(done) => {
        setChange(null);
        if (done === null) return;
        if (change.leadsTo === undefined) refresh();
        else go(change.leadsTo);
      }}
    />`
    }
  `;
}

const consumerColumns = [
  { head: 'Consumer', wide: true, cell: (session) => html`<${Text} value=${session.consumer_id} max=${60} />` },
  { head: 'State', cell: (session) => html`<${SessionState} session=${session} />` },
  {
    head: 'In flight',
    number: true,
    cell: ({ inflight, max_inflight: max }) => html`${count(inflight)}<span class="faint"> of ${count(max)}</span>`,
  },
  { head: 'Session', number: true, cell: (session) => html`<${Text} value=${session.session_id} max=${24} />` },
];

/** A queue tells less of its consumers than the list of sessions does, and what their being there says. */
const consumersOf = ({ queue, tenant_id: tenant, sessions }) =>
  sessions.map((session) => ({
    live: true,
    tenant_id: tenant,
    queues: [queue],
    max_inflight: session.window,
    ...session,
  }));

function Told({ queue, status }) {
  const sessions = consumersOf(queue);
  const lag = lagOf(queue, sessions, status);
  const { policy, routes } = queue;
  return html`
    <div class="halves">
      <${Panel} title="Now">
        <p class="lag"><${Lag} ...${lag} /> ${lag.why}</p>
        <${Facts}
          entries=${[
            ['Depth', count(queue.depth)],
            ['Ready', count(queue.ready)],
            ['Leased', count(queue.leased)],
            ['Waiting for a retry', count(queue.waiting_retry)],
            queue.scheduled > 0 ? ['Due later', count(queue.scheduled)] : null,
            ['Oldest unacked', duration(queue.oldest_unacked_ms)],
            ['Size', bytes(queue.bytes)],
            [
              'Dead letters',
              html`<a href=${to('dead-letters', { queue: queue.queue, tenant_id: queue.tenant_id })}>${count(queue.dead_letters)}</a>`,
            ],
            queue.unreadable > 0 ? ['Unreadable', count(queue.unreadable)] : null,
          ]}
        />
      <//>
      <${Panel} title="Policy">
        <${Facts}
          entries=${[
            ['Lease', duration(policy.lease_ms)],
            ['Attempts', count(policy.attempts_max)],
            ['Returns', count(policy.returns_max)],
            ['Backoff', `${duration(policy.backoff_initial_ms)} to ${duration(policy.backoff_max_ms)}`],
            ['Growing by', html`\u00d7 <${Text} value=${policy.backoff_factor} />`],
            ['Jitter', html`<${Text} value=${policy.backoff_jitter} />`],
            ['When time is over', html`<${Text} value=${policy.expired} />`],
            ['Declared by', html`<${Text} value=${queue.origin} />`],
          ]}
        />
      <//>
    </div>
    <${Panel} title="Consumers">
      <${Table} label="Consumers" columns=${consumerColumns} items=${sessions} keyOf=${(session) => session.session_id} empty="Nobody consumes from this queue." />
      <${Cut} shown=${sessions.length} total=${queue.sessions_total} />
    <//>
    <${Panel} title="Routes">
      <${Table} label="Routes" columns=${routeColumns} items=${routes} keyOf=${({ pattern }) => pattern} empty="No topic leads to this queue." />
      <${Cut} shown=${routes.length} total=${queue.routes_total} />
    <//>
  `;
}

const Cut = ({ shown, total }) =>
  total > shown ? html`<p class="note">${count(shown)} of ${count(total)} are shown.</p>` : null;

const STATUS_TONES = {
  ready: 'calm',
  leased: 'good',
  waiting_retry: 'warn',
  waiting: 'warn',
  scheduled: 'calm',
  dead: 'bad',
};

function Messages({ name, tenant, first }) {
  const path = `queues/${step(name)}/messages`;
  const list = usePaged(path, { tenant_id: tenant, limit: PAGE, body_bytes: 0 }, EVERY_MS);
  const [sequence, open] = useState(first);
  const columns = [
    {
      head: 'Message',
      wide: true,
      cell: (message) =>
        message.unreadable
          ? html`<span class="faint">cannot be read</span>`
          : html`<button type="button" class="link" aria-expanded=${sequence === message.sequence} onClick=${() => open(message.sequence === sequence ? null : message.sequence)}>
              <${Text} value=${message.message_id} max=${60} />
            </button>`,
    },
    { head: 'Topic', wide: true, cell: ({ topic }) => html`<${Text} value=${topic} max=${60} />` },
    {
      head: 'State',
      cell: (message) =>
        html`<${Badge} tone=${STATUS_TONES[message.status]}><${Text} value=${message.status} max=${30} /><//>`,
    },
    { head: 'Deliveries', number: true, cell: ({ deliveries }) => count(deliveries) },
    { head: 'Accepted', cell: (message) => html`<${Time} value=${message.accepted_at} />` },
    { head: 'Size', number: true, cell: (message) => bytes(message.body_bytes) },
    { head: 'No.', number: true, cell: (message) => count(message.sequence) },
  ];
  return html`<${Panel} title="Messages">
    <${Failure} problem=${list.problem} at=${list.at} />
    <${Table}
      label="Messages"
      columns=${columns}
      items=${list.items}
      keyOf=${(message) => message.sequence}
      empty="No message is in this queue."
      chosen=${(message) => message.sequence === sequence}
    />
    <${Pager} ...${list} />
    ${sequence !== null && html`<${Message} key=${sequence} path=${path} tenant=${tenant} sequence=${sequence} close=${() => open(null)} />`}
  <//>`;
}

/** Asked once: a message does not change, though it may be gone when somebody looks. */
function Message({ path, tenant, sequence, close }) {
  const after = sequence > 1 ? String(sequence - 1) : undefined;
  const { data, problem } = usePolled(
    { path, query: { tenant_id: tenant, limit: 1, after, body_bytes: BODY_BYTES } },
    0,
  );
  const message = data?.items.find((item) => item.sequence === sequence);
  const place = useRef(null);
  useEffect(() => place.current?.scrollIntoView({ block: 'start' }), [data === null]);
  return html`<div class="opened" ref=${place}>
    <header>
      <h3>Message ${message && html`<${Text} value=${message.message_id} max=${200} />`}</h3>
      <button type="button" onClick=${close}>Close</button>
    </header>
    <${Failure} problem=${problem} />
    ${data !== null && message === undefined && html`<p class="empty">It is not in the queue any more.</p>`}
    ${
      message &&
      html`<${Attributes} of=${message} />
      <${BodyPanel} payload=${message.payload} bodyBytes=${message.body_bytes} truncated=${message.truncated} contentType=${message.attributes?.content_type} />`
    }
  </div>`;
}

/** What travels beside the body; names and values are the sender's. */
export function Attributes({ of: { topic, attributes = {}, attributes_omitted: omitted } }) {
  const entries = Object.entries(attributes).slice(0, 100);
  return html`<${Facts}
    entries=${[
      ['Topic', html`<${Text} value=${topic} max=${300} />`],
      ...entries.map(([name, value]) => [
        html`<${Text} value=${name} max=${60} />`,
        html`<${Text} value=${value} max=${600} />`,
      ]),
      omitted ? ['Attributes', 'too many to be shown'] : null,
    ]}
  />`;
}
