// The words of an explanation, and names in it as a shell takes them.

import { shellWord } from '../../pkg/protocol/shell-word.ts';
import type { Queue } from '../domain/queue.ts';

export interface Told {
  /** One word, stable: see docs/delivery.md. */
  readonly reason: string;
  readonly detail: string;
  /** What would change it; empty where nothing has to. */
  readonly next_step: string;
}

export const named = ({ name, tenant }: Queue): string =>
  tenant === '' ? shellWord(name) : `${shellWord(name)} --tenant ${shellWord(tenant)}`;
