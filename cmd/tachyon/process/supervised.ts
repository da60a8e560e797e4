// Between `tachyon up` and the broker that it runs: one word up when the broker is ready, and the end of the channel as
// the sign that the supervisor is gone, also by SIGKILL.

export interface Ready {
  readonly endpoints: { readonly router: string | null; readonly pub: string | null; readonly admin: string };
  readonly dataFolder: string;
}

export interface ReadyMessage extends Ready {
  readonly type: 'ready';
}

/** Says that the channel belongs to `tachyon up`: other parents that open one mean nothing by closing it. */
export const SUPERVISED_VARIABLE = 'TACHYON_SUPERVISED';

const isSupervised = (): boolean => process.env[SUPERVISED_VARIABLE] === '1' && process.send !== undefined;

export const tellReady = (ready: Ready): void => {
  if (!isSupervised() || !process.connected) return;
  const message: ReadyMessage = { type: 'ready', ...ready };
  // The supervisor may be gone by now; its end is told apart.
  process.send?.(message, undefined, undefined, () => undefined);
};

export const onSupervisorGone = (call: () => void): void => {
  if (!isSupervised()) return;
  if (!process.connected) return call();
  process.once('disconnect', call);
};

export const isReadyMessage = (message: unknown): message is ReadyMessage =>
  typeof message === 'object' && message !== null && (message as { type?: unknown }).type === 'ready';
