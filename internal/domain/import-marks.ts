// How an import of dead letters is all or nothing, although it may take several groups: it is written between two marks
// in the imports, before its first record `<digest>@<sequence of the first record>`, behind its last one the digest
// alone. A start that finds the first without the second knows which messages to take back, and closes the attempt
// with `<digest>@<sequence>-taken-back`, so that a later start leaves alone what was accepted after that.

import { asSequence, type Sequence } from './ids.ts';

const BEGUN = /^(.+)@(\d{1,16})$/;
const TAKEN_BACK = '-taken-back';

/** A mark, to be journaled before the first record. */
export const begunMark = (digest: string, first: number): string => `${digest}@${first}`;

/** What closes an attempt that was begun and is taken back. */
export const takenBackMark = (begun: string): string => begun + TAKEN_BACK;

export interface CutImport {
  readonly mark: string;
  /** Its first record, whether that is there or not; all that was accepted after it is of the import. */
  readonly first: Sequence;
}

/** Imports that were begun and neither came to their end nor were taken back: the last thing that the journal tells. */
export function cutImports(imports: ReadonlySet<string>): CutImport[] {
  const cut: CutImport[] = [];
  for (const mark of imports) {
    const [, digest, first] = BEGUN.exec(mark) ?? [];
    if (digest === undefined || imports.has(digest) || imports.has(takenBackMark(mark))) continue;
    cut.push({ mark, first: asSequence(Number(first)) });
  }
  return cut;
}
