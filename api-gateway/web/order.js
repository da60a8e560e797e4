// The dialog that replays or purges dead letters. Invariant: nothing is done that was not tried dry with the very same
// words before, and not before the word of confirmation is typed. What the words must be is the broker's to judge; where a
// replay goes is typed again by whoever asks for it, and is never filled in.

import { actor, ask } from './api.js';
import { Facts, Failure, Field, Text } from './parts.js';
import { isRecorded, Record, recordOf } from './record.js';
import { to } from './router.js';
import { count } from './text.js';
import { html, useEffect, useRef, useState } from './vendor/preact.js';

const FAILURES_SHOWN_MAX = 50;

const KINDS = {
  replay: {
    title: 'Replay dead letters',
    verb: 'Replay',
    word: 'REPLAY',
    count: 'replayed',
    would: 'would be replayed',
    was: 'replayed',
  },
  purge: {
    title: 'Purge dead letters',
    verb: 'Purge',
    word: 'PURGE',
    count: 'purged',
    would: 'would be taken away for ever',
    was: 'taken away',
  },
};

const letters = (n) => `${count(n)} ${n === 1 ? 'dead letter' : 'dead letters'}`;

/**
 * `selection` goes to the gateway as it is; `told` says the same to people, as entries of facts. `close` is called when
 * the dialog is left, with true when something was done.
 */
export function Order({ kind, selection, told, who, close }) {
  const { title, verb, word, count: field, would, was } = KINDS[kind];
  const dialog = useRef(null);
  const [fields, setFields] = useState({
    way: 'back',
    actor: actor.read(),
    reason: '',
    confirm: '',
    consumer: '',
    topic: '',
    queue: '',
    rate: '',
  });
  const [tried, setTried] = useState(null);
  const [done, setDone] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);

  useEffect(() => dialog.current?.showModal(), []);

  const wish = wishOf(kind, fields);
  const order = { ...selection, ...wish };
  const key = JSON.stringify(order);
  const dry = tried?.key === key ? tried.answer : null;
  const isReady = dry !== null && dry[field] > 0 && isRecorded(fields, word);

  const set = (name) => (event) => setFields({ ...fields, [name]: event.target.value });
  const send = async (body, then) => {
    setBusy(true);
    setProblem(null);
    try {
      then(await ask(`dlq/${kind}`, { method: 'POST', body }));
    } catch (failed) {
      setProblem(failed);
    }
    setBusy(false);
  };
  const tryDry = () => send({ ...order, dry_run: true }, (answer) => setTried({ key, answer }));
  const perform = () => {
    const rate = fields.rate === '' ? {} : { rate_per_second: Number(fields.rate) };
    return send({ ...order, ...recordOf(fields), ...rate, confirm: fields.confirm }, setDone);
  };
  const submit = (event) => {
    event.preventDefault();
    if (busy || done !== null) return;
    if (isReady) void perform();
    else if (dry === null) void tryDry();
  };

  return html`<dialog ref=${dialog} aria-labelledby="order-title" onClose=${() => close(done !== null)}>
    <form onSubmit=${submit}>
      <header>
        <h2 id="order-title">${title}</h2>
        <button type="button" aria-label="Close" onClick=${() => dialog.current.close()}>\u00d7</button>
      </header>
      <div class="scroll">
        <${Facts} entries=${told} />
        ${
          done === null &&
          html`
            ${kind === 'replay' && html`<${Target} fields=${fields} set=${set} />`}
            <${Record}
              fields=${fields}
              set=${set}
              word=${word}
              who=${who}
              hint="After a dry run that found something."
              beside=${html`<${Rate} fields=${fields} set=${set} />`}
            />
          `
        }
      </div>
      <div class="outcome" role="status">
        <${Failure} problem=${problem} />
        ${dry !== null && done === null && html`<${Verdict} answer=${dry} told=${`${letters(dry[field])} ${would}`} lead="Dry run: " failed="would fail" />`}
        ${done !== null && html`<${Verdict} answer=${done} told=${`${letters(done[field])} ${was}`} failed="failed" />`}
      </div>
      <footer>
        <button type="button" onClick=${() => dialog.current.close()}>${done === null ? 'Cancel' : 'Close'}</button>
        ${
          done === null &&
          html`<button type=${dry === null ? 'submit' : 'button'} disabled=${busy} onClick=${dry === null ? undefined : tryDry}>Dry run</button>
          <button type=${dry === null ? 'button' : 'submit'} class=${kind === 'purge' ? 'danger' : 'primary'} disabled=${busy || !isReady}>
            ${dry === null ? verb : `${verb} ${count(dry[field])}`}
          </button>`
        }
      </footer>
    </form>
  </dialog>`;
}

/** What came of it, or would; a job tells its own story elsewhere. */
function Verdict({ answer, told, failed, lead = '' }) {
  const isJob = answer.dry_run !== true && typeof answer.job === 'number';
  return html`<p class=${`verdict ${answer.failed > 0 ? 'warn' : 'good'}`}>
      ${
        isJob
          ? html`${letters(answer.requested)} are worked on by <a href=${to('jobs')}>job ${answer.job}</a>.`
          : `${lead}${told}${answer.failed > 0 ? `, ${count(answer.failed)} ${failed}` : ''}.`
      }
    </p>
    <${Failures} answer=${answer} />`;
}

function wishOf(kind, { way, consumer, topic, queue }) {
  if (kind === 'purge') return {};
  return way === 'back' ? { target_consumer: consumer, target_topic: topic } : { to_queue: queue };
}

function Target({ fields, set }) {
  const input = (name, label, hint) =>
    html`<${Field} label=${label} hint=${hint}>
      <input name=${name} autocomplete="off" spellcheck="false" required value=${fields[name]} onInput=${set(name)} />
    <//>`;
  const choice = (way, label) =>
    html`<label><input type="radio" name="way" value=${way} checked=${fields.way === way} onChange=${set('way')} /> ${label}</label>`;
  return html`<fieldset>
    <legend>Where to</legend>
    <div class="choices">${choice('back', 'Back to where they came from')} ${choice('elsewhere', 'To another queue')}</div>
    ${
      fields.way === 'back'
        ? html`<div class="pair">
          ${input('consumer', 'Consumer or queue, restated', 'Letters of another one are left alone.')}
          ${input('topic', 'Topic, restated', 'Letters of another one are left alone.')}
        </div>`
        : input('queue', 'Queue', 'It must exist.')
    }
  </fieldset>`;
}

const Rate = ({ fields, set }) =>
  html`<${Field} label="Records per second" hint="As fast as it goes, when left empty.">
    <input name="rate" type="number" min="1" max="1000000" inputmode="numeric" value=${fields.rate} onInput=${set('rate')} />
  <//>`;

function Failures({ answer: { failures } }) {
  if (failures.length === 0) return null;
  return html`<ul class="list failures">
      ${failures
        .slice(0, FAILURES_SHOWN_MAX)
        .map(
          ({ message_id: id, queue, code, error }) =>
            html`<li><code>${code}</code><${Text} value=${id} max=${60} />${queue ? html`<span class="faint">in <${Text} value=${queue} max=${40} /></span>` : null}<${Text} value=${error} max=${200} /></li>`,
        )}
    </ul>
    ${failures.length > FAILURES_SHOWN_MAX && html`<p class="note">${count(failures.length - FAILURES_SHOWN_MAX)} more failed.</p>`}`;
}
