// docs/errors.md from the error catalogue.

import { ERRORS, type ErrorEntry, RETIRED_CODES } from '../../pkg/protocol/errors.ts';

const INTRODUCTION = `# Errors

<!-- Generated from pkg/protocol/errors.ts by \`npm run docs\`. -->

The same codes stand on the wire, in the client (\`TachyonError.code\`), in the CLI and in HTTP replies. A code is for
ever: its meaning does not change, and a retired one is not used again.

* **Ends** says what does not survive: the *request* alone, the *session*, or the *process*.
* **Retry** says whether the same call can succeed later. Where it can, the answer says after how long.
`;

export function renderErrorsPage(): string {
  const codes: readonly (readonly [string, ErrorEntry])[] = Object.entries(ERRORS);
  const rows = codes.map(
    ([code, { sentence, severity, retry }]) => `| \`${code}\` | ${sentence} | ${severity} | ${retry} |`,
  );
  const table = ['| Code | Meaning | Ends | Retry |', '| --- | --- | --- | --- |', ...rows].join('\n');
  return `${INTRODUCTION}\n${table}\n\n## Retired codes\n\n${retired()}\n`;
}

function retired(): string {
  return RETIRED_CODES.length === 0 ? 'None.' : RETIRED_CODES.map((code) => `* \`${code}\``).join('\n');
}
