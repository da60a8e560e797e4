// What every change carries: who asks and why, and, where something goes away for good, the word that confirms it.

import { actor } from './api.js';
import { Field } from './parts.js';
import { html } from './vendor/preact.js';

/** `fields` has `actor`, `reason` and `confirm`; `beside` stands next to who asks; no `word` asks for none. */
export function Record({ fields, set, who, word = null, hint, beside }) {
  return html`<fieldset>
    <legend>For the record</legend>
    <div class="pair">
      <${Field} label="Who asks" hint=${who.shared ? 'Nobody in particular, when left empty.' : `The token\u2019s name, ${who.name}, is added.`}>
        <input name="actor" autocomplete="off" spellcheck="false" maxlength="128" value=${fields.actor} onInput=${set('actor')} />
      <//>
      ${beside}
    </div>
    <${Field} label="Why">
      <input name="reason" autocomplete="off" maxlength="1024" value=${fields.reason} onInput=${set('reason')} />
    <//>
    ${
      word !== null &&
      html`<${Field} label=${html`Type <code>${word}</code> to confirm`} hint=${hint}>
        <input name="confirm" autocomplete="off" autocapitalize="characters" spellcheck="false" value=${fields.confirm} onInput=${set('confirm')} />
      <//>`
    }
  </fieldset>`;
}

/** As it is sent; the next dialog begins with the same name. */
export function recordOf(fields) {
  const name = fields.actor.trim();
  actor.write(name);
  return { ...(name === '' ? {} : { actor: name }), reason: fields.reason.trim() };
}

export const isRecorded = (fields, word) => fields.reason.trim() !== '' && (word === null || fields.confirm === word);
