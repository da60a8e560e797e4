// What the role of a token allows, as the gateway's ladder of roles has it; the gateway judges anew.

import { html } from './vendor/preact.js';

const RANK = ['metrics', 'viewer', 'operator', 'redrive', 'admin'];

export const may = (who, role) => RANK.indexOf(who.role) >= RANK.indexOf(role);

/** A button for those whose role allows what it begins; `start` is null while there is nothing to begin with. */
export const RoleButton = ({ who, role, start, children }) =>
  html`<button
    type="button"
    disabled=${start === null || !may(who, role)}
    title=${may(who, role) ? undefined : `This needs the role ${role}.`}
    onClick=${start}
  >
    ${children}\u2026
  </button>`;
