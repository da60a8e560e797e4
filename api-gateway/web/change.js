// The dialog for one change by an operator. Invariant: nothing is sent before somebody said why, and nothing that throws
// messages away before its word is typed. What the fields must be is the broker's to judge; its refusal is shown as it is.

import { actor } from './api.js';
import { Facts, Failure, Field } from './parts.js';
import { isRecorded, Record, recordOf } from './record.js';
import { html, useEffect, useRef, useState } from './vendor/preact.js';

/**
 * `change` is `{ title, verb, isDanger?, lead?, told?, fields?, word?, send, said? }`; `word` may depend on what the fields
 * hold. A field is `{ name, label, hint?, kind?, options?, isRequired?, isWide?, value? }`. `send` gets what they hold and
 * what goes on record, and asks the gateway. Where `said` makes a sentence of the answer, the dialog stays to show it.
 * `close` is called when the dialog is left: with the answer when something was done, else with null.
 */
export function Change({ change, who, close }) {
  const { title, verb, isDanger = false, lead, told = [], fields: own = [], send, said } = change;
  const dialog = useRef(null);
  const [fields, setFields] = useState({
    ...Object.fromEntries(own.map(({ name, kind, value }) => [name, value ?? (kind === 'check' ? false : '')])),
    actor: actor.read(),
    reason: '',
    confirm: '',
  });
  const [answer, setAnswer] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const result = useRef(null);

  useEffect(() => dialog.current?.showModal(), []);

  const word = typeof change.word === 'function' ? change.word(fields) : (change.word ?? null);
  const isReady = !busy && isRecorded(fields, word);
  const put = (name, value) => setFields((before) => ({ ...before, [name]: value }));
  const set = (name) => (event) => put(name, event.target.value);
  const submit = async (event) => {
    event.preventDefault();
    if (!isReady || answer !== null) return;
    setBusy(true);
    setProblem(null);
    try {
      result.current = await send(fields, recordOf(fields));
      if (said === undefined) dialog.current?.close();
      else setAnswer(result.current);
    } catch (failed) {
      setProblem(failed);
    }
    setBusy(false);
  };
  const show = (field) =>
    html`<div class=${field.isWide ? 'wide' : undefined}>
      <${Input} field=${field} value=${fields[field.name]} put=${put} />
    </div>`;

  return html`<dialog ref=${dialog} aria-labelledby="change-title" onClose=${() => close(result.current)}>
    <form onSubmit=${submit}>
      <header>
        <h2 id="change-title">${title}</h2>
        <button type="button" aria-label="Close" onClick=${() => dialog.current.close()}>\u00d7</button>
      </header>
      <div class="scroll">
        ${lead && html`<p class="lead">${lead}</p>`}
        ${told.length > 0 && html`<${Facts} entries=${told} />`}
        ${
          answer === null &&
          html`
            ${own.length > 0 && html`<div class="pair">${own.map(show)}</div>`}
            <${Record} fields=${fields} set=${set} who=${who} word=${word} hint="It cannot be undone." />
          `
        }
      </div>
      <div class="outcome" role="status">
        <${Failure} problem=${problem} />
        ${answer !== null && html`<p class="verdict good">${said(answer)}</p>`}
      </div>
      <footer>
        <button type="button" onClick=${() => dialog.current.close()}>${answer === null ? 'Cancel' : 'Close'}</button>
        ${answer === null && html`<button type="submit" class=${isDanger ? 'danger' : 'primary'} disabled=${!isReady}>${verb}</button>`}
      </footer>
    </form>
  </dialog>`;
}

function Input({ field: { name, label, hint, kind = 'text', options, isRequired = false, ...limits }, value, put }) {
  const take = (event) => put(name, event.target.value);
  if (kind === 'check') {
    const toggle = (event) => put(name, event.target.checked);
    return html`<label class="check">
      <input type="checkbox" name=${name} checked=${value} onChange=${toggle} />
      <span>${label}${hint && html`<small>${hint}</small>`}</span>
    </label>`;
  }
  const shared = { name, required: isRequired, autocomplete: 'off', spellcheck: false, value };
  const { min, max } = limits;
  return html`<${Field} label=${label} hint=${hint}>
    ${
      kind === 'lines'
        ? html`<textarea rows="3" ...${shared} onInput=${take}></textarea>`
        : kind === 'choice'
          ? html`<select name=${name} value=${value} onChange=${take}>${options.map((option) => html`<option value=${option}>${option}</option>`)}</select>`
          : kind === 'number'
            ? html`<input type="number" step="any" inputmode="decimal" min=${min} max=${max} ...${shared} onInput=${take} />`
            : html`<input ...${shared} onInput=${take} />`
    }
  <//>`;
}
