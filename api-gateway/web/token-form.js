// Asks for the token before anything else is asked.

import { isToken } from './api.js';
import { Failure, Field, sentBy } from './parts.js';
import { html, useState } from './vendor/preact.js';

export function TokenForm({ enter, problem }) {
  const [typed, setTyped] = useState('');
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
      <${Failure} problem=${problem} />
      <${Field}
        label="Token"
        hint=${isWrong ? 'A token has no blanks and no other letters than ASCII.' : 'It is kept in this tab until the tab is closed.'}
      >
        <input
          type="password"
          name="token"
          autocomplete="off"
          spellcheck="false"
          autofocus
          required
          aria-invalid=${isWrong ? 'true' : undefined}
          value=${typed}
          onInput=${(event) => setTyped(event.target.value)}
        />
      <//>
      <button class="primary" type="submit">Sign in</button>
      <p class="note">
        The gateway prints its token when it starts and keeps it in <code>gateway-token</code> in the data folder.${' '}
        <code>tachyon gateway tokens add</code> makes one with a name and a role.
      </p>
    </form>
  </main>`;
}
