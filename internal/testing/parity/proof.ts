// How a word of the earlier system is answered for: by tests that say it, by rows of the documents that say what became of
// it and why, or by both.

export const PAGES = {
  compatibility: 'docs/compatibility.md',
  configuration: 'docs/configuration.md',
  gateway: 'docs/gateway.md',
  operations: 'docs/operations.md',
} as const;

/** A file and the title of a test in it. */
export type TestName = readonly [file: string, title: string];

/** A page and the first cell of a row in one of its tables. */
export type RowName = readonly [page: keyof typeof PAGES, cell: string];

export interface EarlierWord {
  /** What a user, a script or a client said to the earlier system. */
  readonly word: string;
  /** What of it stands in those tests, letter for letter; the word itself when left out. */
  readonly said?: readonly string[];
  readonly tests?: readonly TestName[];
  readonly rows?: readonly RowName[];
}
