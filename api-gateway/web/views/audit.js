// The audit log: who changed what, and whether the log hangs together. Without a filter the newest come first; the
// broker tells events in the order of their numbers, so a page is asked for by the number that it begins after.

import { Badge, Facts, Failure, Field, Heading, Pager, Panel, sentBy, Table, Text, Time } from '../parts.js';
import { usePaged, usePolled } from '../polling.js';
import { go, to } from '../router.js';
import { count } from '../text.js';
import { html, useState } from '../vendor/preact.js';

const EVERY_MS = 3_000;
const PAGE = 50;
const STATE_MAX = 4_000;

const FILTERS = [
  ['id', 'Message'],
  ['actor', 'Who'],
  ['operation', 'Operation'],
];
const TIMES = [
  ['start', 'From'],
  ['end', 'Until'],
];

export function Audit({ params }) {
  const status = usePolled({ path: 'audit/status' }, EVERY_MS);
  const filter = Object.fromEntries(
    [...FILTERS, ...TIMES].flatMap(([name]) => (params[name] ? [[name, params[name]]] : [])),
  );
  const isFiltered = Object.keys(filter).length > 0;
  return html`
    <${Heading} title="Audit" />
    <${Failure} problem=${status.problem} at=${status.at} />
    ${status.data !== null && html`<${State} of=${status.data} />`}
    <${Filter} filter=${filter} />
    ${
      isFiltered
        ? html`<${Found} filter=${filter} />`
        : status.data !== null && html`<${Newest} entries=${status.data.entries} />`
    }
  `;
}

const GOOD = new Set(['ok', 'verified', 'intact']);

function State({ of: { entries, head, last_signed: signed, state } }) {
  return html`<${Panel} title="Verification">
    <${Facts}
      entries=${[
        ['State', html`<${Badge} tone=${GOOD.has(state) ? 'good' : 'bad'}><${Text} value=${state} max=${80} /><//>`],
        ['Events', count(entries)],
        ['Head', html`<code class="hash"><${Text} value=${head} max=${64} /></code>`],
        [
          'Last signed',
          signed
            ? html`${count(signed.size)} events, <${Time} value=${signed.at} /> <code class="hash"><${Text} value=${signed.head} max=${64} /></code>`
            : 'not yet',
        ],
      ]}
    />
    <p class="note">Each event holds the hash of the one before. <code>tachyon audit verify</code> computes them all anew, from the files alone.</p>
  <//>`;
}

function Filter({ filter }) {
  const isSet = Object.keys(filter).length > 0;
  const submit = (event) => {
    event.preventDefault();
    const sent = sentBy(event);
    const times = Object.fromEntries(TIMES.map(([name]) => [name, universalOf(sent[name])]));
    go('audit', { ...sent, ...times });
  };
  return html`<details class="filter" open=${isSet}>
    <summary>Filter${isSet ? html` <${Badge} tone="good">${Object.keys(filter).length} set<//>` : null}</summary>
    <form onSubmit=${submit}>
      ${FILTERS.map(
        ([name, label]) =>
          html`<${Field} label=${label}><input name=${name} autocomplete="off" spellcheck="false" defaultValue=${filter[name] ?? ''} /><//>`,
      )}
      ${TIMES.map(
        ([name, label]) =>
          html`<${Field} label=${label}><input type="datetime-local" step="1" name=${name} defaultValue=${localOf(filter[name])} /><//>`,
      )}
      <div class="buttons">
        <button class="primary" type="submit">Apply</button>
        <a class="button" href=${to('audit')}>Clear</a>
      </div>
    </form>
  </details>`;
}

/** Inputs speak of the reader's own time zone, the gateway of UTC. */
const universalOf = (local) => (local === '' ? '' : new Date(local).toISOString());
function localOf(text) {
  const at = new Date(text ?? '');
  if (Number.isNaN(at.getTime())) return '';
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

function Newest({ entries }) {
  const [page, setPage] = useState(0);
  const end = Math.max(0, entries - page * PAGE);
  const after = Math.max(0, end - PAGE);
  const { data, problem, at } = usePolled(
    { path: 'audit/events', query: { limit: Math.max(1, end - after), after: after || undefined } },
    0,
  );
  const events = entries === 0 ? [] : (data?.items.filter(({ number }) => number <= end).toReversed() ?? null);
  return html`
    <${Failure} problem=${problem} at=${at} />
    <${Events} events=${events} empty="Nobody changed anything yet." />
    <${Pager} page=${page + 1} back=${page === 0 ? null : () => setPage(page - 1)} forward=${after === 0 ? null : () => setPage(page + 1)} />
  `;
}

function Found({ filter }) {
  const list = usePaged('audit/events', { ...filter, limit: PAGE }, 0);
  return html`
    <${Failure} problem=${list.problem} at=${list.at} />
    <${Events} events=${list.items} empty="No event fits the filter." />
    <${Pager} ...${list} />
  `;
}

/** Everything else is the code of a refusal. */
const OUTCOMES = { done: 'good', partial: 'warn', started: 'calm' };

function Events({ events, empty }) {
  const [opened, open] = useState(null);
  const columns = [
    { head: 'No.', number: true, cell: ({ number }) => count(number) },
    { head: 'When', cell: ({ timestamp }) => html`<${Time} value=${timestamp} />` },
    { head: 'Who', wide: true, cell: (event) => html`<${Text} value=${event.actor} max=${60} />` },
    {
      head: 'What',
      wide: true,
      cell: (event) =>
        html`<button type="button" class="link" aria-expanded=${opened === event.event_id} onClick=${() => open(opened === event.event_id ? null : event.event_id)}>
          <${Text} value=${event.operation} max=${48} />
        </button>`,
    },
    {
      head: 'Outcome',
      cell: ({ outcome }) =>
        html`<${Badge} tone=${OUTCOMES[outcome] ?? 'bad'}><${Text} value=${outcome} max=${30} /><//>`,
    },
    { head: 'Messages', number: true, cell: (event) => count(event.target_message_ids.length) },
    { head: 'Why', wide: true, cell: (event) => html`<${Text} value=${event.requested_reason} max=${90} />` },
  ];
  const event = events?.find((item) => item.event_id === opened);
  return html`
    <${Table} label="Audit events" columns=${columns} items=${events} keyOf=${(item) => item.event_id} empty=${empty} chosen=${(item) => item.event_id === opened} />
    ${event && html`<${Opened} event=${event} close=${() => open(null)} />`}
  `;
}

const stateText = (state) => JSON.stringify(state ?? [], null, 2);

const Opened = ({
  event,
  close,
}) => html`<${Panel} title=${html`Event ${count(event.number)}`} tools=${html`<button type="button" onClick=${close}>Close</button>`}>
  <${Facts}
    entries=${[
      ['When', html`<${Time} value=${event.timestamp} full />`],
      ['Who', html`<${Text} value=${event.actor} max=${200} />`],
      ['What', html`<${Text} value=${event.operation} />`],
      ['Why', html`<${Text} value=${event.requested_reason} max=${1_200} />`],
      event.request_id ? ['Request', html`<code><${Text} value=${event.request_id} max=${128} /></code>`] : null,
      ['Messages', html`<${Text} value=${event.target_message_ids.slice(0, 100).join(', ')} max=${2_000} />`],
      ['Hash', html`<code class="hash"><${Text} value=${event.hash} max=${64} /></code>`],
      ['Hash before', html`<code class="hash"><${Text} value=${event.prev_hash} max=${64} /></code>`],
    ]}
  />
  <div class="halves">
    <div><h3>Before</h3><pre class="body" tabindex="0"><${Text} value=${stateText(event.prior_state)} max=${STATE_MAX} lines=${true} /></pre></div>
    <div><h3>After</h3><pre class="body" tabindex="0"><${Text} value=${stateText(event.resulting_state)} max=${STATE_MAX} lines=${true} /></pre></div>
  </div>
<//>`;
