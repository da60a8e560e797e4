// One dead letter: why it died, everything that was tried before, and its body.

import { step } from '../api.js';
import { BodyPanel } from '../body-panel.js';
import { Order } from '../order.js';
import { Empty, Facts, Failure, Heading, Panel, Table, Tenant, Text, Time } from '../parts.js';
import { usePolled } from '../polling.js';
import { to } from '../router.js';
import { count } from '../text.js';
import { html, useState } from '../vendor/preact.js';
import { OrderButtons, orderOfChosen } from './dead-letters.js';
import { Attributes } from './queue.js';

const BODY_BYTES = 64 * 1_024;

const attemptColumns = [
  { head: 'Attempt', number: true, cell: ({ attempt }) => count(attempt) },
  { head: 'When', cell: ({ at }) => html`<${Time} value=${at} full />` },
  { head: 'Consumer', wide: true, cell: (attempt) => html`<${Text} value=${attempt.consumer_id} max=${60} />` },
  { head: 'What happened', cell: ({ cause }) => html`<${Text} value=${cause} max=${40} />` },
  { head: 'Reason', wide: true, cell: ({ reason }) => html`<${Text} value=${reason} max=${300} />` },
];

export function Letter({ params: { id = '', queue, tenant, sequence }, who }) {
  const {
    data: letter,
    problem,
    refresh,
  } = usePolled(
    { path: `dlq/records/${step(id)}`, query: { queue, tenant_id: tenant, sequence, body_bytes: BODY_BYTES } },
    0,
  );
  const [order, setOrder] = useState(null);
  const orderOf = (kind) => (letter === null ? null : () => setOrder({ kind, ...orderOfChosen([letter]) }));
  return html`
    <${Heading} title=${html`<small>Dead letter</small> <${Text} value=${id} max=${80} />`}>
      <a class="button" href=${to('dead-letters', { show: 'records' })}>All dead letters</a>
      <${OrderButtons} who=${who} replay=${orderOf('replay')} purge=${orderOf('purge')} />
    <//>
    <${Failure} problem=${problem} />
    ${problem?.code === 'AMBIGUOUS_ID' && html`<p><a href=${to('search', { id })}>Look for all records of this id</a></p>`}
    ${letter === null ? problem === null && html`<${Empty}>Loading\u2026<//>` : html`<${Told} letter=${letter} />`}
    ${
      order !== null &&
      html`<${Order}
      ...${order}
      who=${who}
      close=${(isDone) => {
        setOrder(null);
        if (isDone) refresh();
      }}
    />`
    }
  `;
}

function Told({ letter }) {
  const history = letter.history ?? [];
  return html`
    <div class="halves">
      <${Panel} title="Why it died">
        <p class="reason"><${Text} value=${letter.reason} max=${1_200} /></p>
        <${Facts}
          entries=${[
            ['Cause', html`<${Text} value=${letter.cause} />`],
            ['Died', html`<${Time} value=${letter.dead_lettered_at} full />`],
            ['Accepted', html`<${Time} value=${letter.accepted_at} full />`],
            ['Attempts', count(letter.attempt)],
            ['Deliveries', count(letter.deliveries)],
            ['Returned', count(letter.returned)],
            [
              'Replayed',
              letter.replay_count > 0
                ? html`${count(letter.replay_count)} times, last to <${Text} value=${letter.last_replay_target} max=${60} />, <${Time} value=${letter.last_replay_at} />`
                : 'never',
            ],
            [
              'Group',
              html`<a href=${to('dead-letters', { show: 'records', fingerprint: letter.fingerprint, queue: letter.queue, tenant_id: letter.tenant_id })}>all that died of the same</a>`,
            ],
            ['Audit', html`<a href=${to('audit', { id: letter.message_id })}>what operators did to it</a>`],
          ]}
        />
      <//>
      <${Panel} title="Message">
        <${Attributes} of=${letter} />
        <${Facts}
          entries=${[
            [
              'Queue',
              html`<a href=${to('queues/one', { queue: letter.queue, tenant: letter.tenant_id })}><${Text} value=${letter.queue} max=${100} /></a><${Tenant} id=${letter.tenant_id} />`,
            ],
            ['Consumer', html`<${Text} value=${letter.consumer_id} max=${100} />`],
            ['Number', count(letter.sequence)],
            ['Fingerprint', html`<code><${Text} value=${letter.fingerprint} /></code>`],
          ]}
        />
      <//>
    </div>
    <${Panel} title="What was tried">
      <${Table} label="Attempts" columns=${attemptColumns} items=${history} keyOf=${({ attempt, at }) => `${at}/${attempt}`} empty="It was never delivered." />
      ${letter.history_total > history.length && html`<p class="note">The last ${count(history.length)} of ${count(letter.history_total)} are shown.</p>`}
    <//>
    <${BodyPanel} payload=${letter.payload} bodyBytes=${letter.body_bytes} truncated=${letter.truncated} contentType=${letter.attributes?.content_type} />
  `;
}
