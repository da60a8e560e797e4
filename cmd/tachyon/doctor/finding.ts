// What a check found, and what to do about it.

export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** Empty where all is well. */
  readonly next: string;
}

export const ok = (check: string, detail: string): Finding => ({ check, state: 'ok', detail, next: '' });
export const warn = (check: string, detail: string, next: string): Finding => ({ check, state: 'warn', detail, next });
export const fail = (check: string, detail: string, next: string): Finding => ({ check, state: 'fail', detail, next });
