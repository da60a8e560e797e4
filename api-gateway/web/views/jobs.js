// Replays and purges that go on in the background: how far each is, and a way to end it.

import { actor, ask } from '../api.js';
import { Badge, Failure, Field, Heading, sentBy, Table, Text, Time } from '../parts.js';
import { usePolled } from '../polling.js';
import { count, rate } from '../text.js';
import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { may } from './dead-letters.js';

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
          ? html`<button type="button" disabled=${!may(who, 'redrive')} onClick=${() => cancel(job)}>Cancel\u2026</button>`
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
      html`<${Cancel}
      job=${cancelled}
      close=${() => {
        cancel(null);
        refresh();
      }}
    />`
    }
  `;
}

function Cancel({ job: { job, kind }, close }) {
  const dialog = useRef(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event) => {
    event.preventDefault();
    const sent = sentBy(event);
    actor.write(sent.actor.trim());
    const given = Object.entries(sent).flatMap(([name, text]) => (text.trim() === '' ? [] : [[name, text.trim()]]));
    try {
      await ask(`jobs/${job}/cancel`, { method: 'POST', body: Object.fromEntries(given) });
      dialog.current.close();
    } catch (failed) {
      setProblem(failed);
    }
  };
  return html`<dialog ref=${dialog} aria-labelledby="cancel-title" onClose=${close}>
    <form onSubmit=${submit}>
      <header><h2 id="cancel-title">Cancel job ${job}</h2></header>
      <div class="scroll">
        <p>The ${kind} ends where it stands. What it has done stays done.</p>
        <${Field} label="Who asks"><input name="actor" autocomplete="off" maxlength="128" defaultValue=${actor.read()} /><//>
        <${Field} label="Why"><input name="reason" autocomplete="off" maxlength="1024" required /><//>
        <${Failure} problem=${problem} />
      </div>
      <footer>
        <button type="button" onClick=${() => dialog.current.close()}>Let it go on</button>
        <button class="danger" type="submit">Cancel the job</button>
      </footer>
    </form>
  </dialog>`;
}
