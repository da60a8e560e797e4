// Replays and purges that go on in the background: how far each is, and a way to end it.

import { Change } from '../change.js';
import { cancelJob } from '../changes.js';
import { RoleButton } from '../may.js';
import { Badge, Failure, Heading, Table, Text, Time } from '../parts.js';
import { usePolled } from '../polling.js';
import { count, rate } from '../text.js';
import { html, useState } from '../vendor/preact.js';

const EVERY_MS = 1_000;

const TONES = { running: 'good', done: 'calm', cancelled: 'warn', failed: 'bad' };

export function Jobs({ who }) {
  const { data, problem, at, refresh } = usePolled({ path: 'jobs' }, EVERY_MS);
  const [cancelled, cancel] = useState(null);
  const columns = [
    { head: 'Job', number: true, cell: ({ job }) => count(job) },
    { head: 'What', cell: ({ kind }) => html`<${Text} value=${kind} max=${30} />` },
    {
      head: 'State',
      cell: ({ state }) => html`<${Badge} tone=${TONES[state]}><${Text} value=${state} max=${20} /><//>`,
    },
    {
      head: 'Progress',
      wide: true,
      cell: ({ done, failed, total }) =>
        html`<progress max=${Math.max(1, total)} value=${done + failed}></progress>
          <div class="faint">${count(done)} of ${count(total)}${failed > 0 ? `, ${count(failed)} failed` : ''}</div>`,
    },
    {
      head: 'Per second',
      number: true,
      cell: (job) => (job.rate_per_second > 0 ? rate(job.rate_per_second) : 'no limit'),
    },
    { head: 'Started', cell: (job) => html`<${Time} value=${job.started_at} />` },
    { head: 'Ended', cell: (job) => html`<${Time} value=${job.ended_at} />` },
    {
      head: 'By',
      wide: true,
      cell: (job) =>
        html`<${Text} value=${job.actor} max=${60} /><div class="faint"><${Text} value=${job.reason} max=${100} /></div>`,
    },
    {
      head: 'Do',
      cell: (job) =>
        job.state === 'running'
          ? html`<${RoleButton} who=${who} role="redrive" start=${() => cancel(job)}>Cancel<//>`
          : null,
    },
  ];
  return html`
    <${Heading} title="Jobs" />
    <${Failure} problem=${problem} at=${at} />
    <${Table}
      label="Jobs"
      columns=${columns}
      items=${data === null ? null : data.items.toReversed()}
      keyOf=${({ job }) => job}
      empty="No job ran yet. Replays and purges of very many dead letters become jobs."
    />
    ${
      cancelled !== null &&
      html`<${Change}
      change=${cancelJob(cancelled)}
      who=${who}
      close=${() => {
        cancel(null);
        refresh();
      }}
    />`
    }
  `;
}
