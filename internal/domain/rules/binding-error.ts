// A wish for a queue or a route that cannot be carried out: the whole command that holds it is refused with this.

import type { Refusal } from '../effect.ts';

export class BindingError extends Error {
  readonly refusal: Refusal;
  constructor(code: Refusal['code'], detail: string) {
    super(detail);
    this.refusal = { code, detail };
  }
}
