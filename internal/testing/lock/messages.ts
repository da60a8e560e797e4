// What the races and their contending processes say to each other.

export type ToContender =
  | { readonly type: 'acquire'; readonly folder: string; readonly atMs: number }
  | { readonly type: 'churn'; readonly folder: string }
  | { readonly type: 'release' };

export type FromContender =
  | { readonly type: 'ready' }
  | { readonly type: 'won'; readonly pid: number }
  | { readonly type: 'refused'; readonly message: string }
  | { readonly type: 'released' }
  | { readonly type: 'entered'; readonly found: number | null };
