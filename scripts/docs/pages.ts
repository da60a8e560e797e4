// The generated pages of the documentation: one row each.

import { CONFIGURATION_PAGES } from './configuration-pages.ts';
import { renderErrorsPage } from './errors-page.ts';

export interface GeneratedPage {
  /** Where it is committed, from the root of the repository. */
  readonly path: string;
  readonly render: () => string;
}

export const GENERATED_PAGES: readonly GeneratedPage[] = [
  { path: 'docs/errors.md', render: renderErrorsPage },
  ...CONFIGURATION_PAGES,
];
