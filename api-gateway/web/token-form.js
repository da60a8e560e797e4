// Asks for the token before anything else is asked.

import { isToken } from './api.js';
import { Failure, Field, sentBy } from './parts.js';
import { html, useEffect, useRef, useState } from './vendor/preact.js';

/** The gateway's own words are about headers. */
const forPeople = (problem) =>
  problem?.code === 'TOKEN_REQUIRED' ? { ...problem, title: 'This token is not known.', detail: '' } : problem;

export function TokenForm({ enter, problem }) {
  const [typed, setTyped] = useState('');
  const field = useRef(null);
  // Not by `autofocus`: that counts for a page, and this form comes and goes within one.
  useEffect(() => field.current?.focus(), []);
  const given = typed.trim();
  const isWrong = given !== '' && !isToken(given);
  const submit = (event) => {
    event.preventDefault();
    const sent = sentBy(event).token.trim();
    if (isToken(sent)) enter(sent);
  };
  return html`<main class="gate">
    <form onSubmit=${submit}>
      <h1><img src="web/favicon.svg" alt="" width="28" height="28" /> Tachyon</h1>
      <${Failure} problem=${forPeople(problem)} />
      <${Field}
        label="Token"
        hint=${isWrong ? 'A token has no blanks and no other letters than ASCII.' : 'It is kept in this tab until the tab is closed.'}
      >
        <input
          ref=${field}
          type="password"
          name="token"
          autocomplete="off"
          spellcheck="false"
          required
          aria-invalid=${isWrong ? 'true' : undefined}
          value=${typed}
          onInput=${(event) => setTyped(event.target.value)}
        />
      <//>
      <button class="primary" type="submit">Sign in</button>
      <p class="note">
        While nobody has set one with the role admin, the gateway prints one when it starts and keeps it in${' '}
        <code>gateway-token</code> in the data folder.${' '}
        <code>tachyon gateway tokens add</code> makes one with a name and a role.
      </p>
    </form>
  </main>`;
}
