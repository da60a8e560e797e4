// Everything that the core and its line tell the outside world beside their effects: one union, one place.

import type { Position } from '../../domain/ids.ts';

export type Observation =
  | { readonly type: 'command-failed'; readonly command: string; readonly error: unknown }
  | { readonly type: 'body-damaged'; readonly queue: string; readonly sequence: number; readonly error: Error }
  | {
      readonly type: 'checkpoint-written';
      readonly position: Position;
      readonly bytes: number;
      readonly tookMs: number;
    }
  | { readonly type: 'checkpoint-damaged'; readonly file: string }
  | { readonly type: 'checkpoint-failed'; readonly error: Error }
  | { readonly type: 'audit-failed'; readonly error: Error }
  | { readonly type: 'audit-retention-failed'; readonly error: Error }
  | { readonly type: 'stalled'; readonly byMs: number }
  | { readonly type: 'overload'; readonly level: string; readonly pressure: number; readonly signal: string }
  | { readonly type: 'relocation-failed'; readonly error: Error };

export type Observe = (observation: Observation) => void;
