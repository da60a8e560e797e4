// Between `tachyon up` and the processes that it runs: one word up when one is ready, and the end of the channel as the
// sign that the supervisor is gone, also by SIGKILL.

export interface Ready {
  readonly endpoints: { readonly router: string | null; readonly pub: string | null; readonly admin: string };
  readonly dataFolder: string;
}

export interface ReadyMessage extends Ready {
  readonly type: 'ready';
}

export interface GatewayReady {
  readonly url: string;
  /** Where its generated token lies; null where somebody set one. */
  readonly tokenPath: string | null;
}

export interface GatewayReadyMessage extends GatewayReady {
  readonly type: 'gateway-ready';
}

export interface SidecarReadyMessage {
  readonly type: 'sidecar-ready';
}

/** Says that the channel belongs to `tachyon up`: other parents that open one mean nothing by closing it. */
export const SUPERVISED_VARIABLE = 'TACHYON_SUPERVISED';

const isSupervised = (): boolean => process.env[SUPERVISED_VARIABLE] === '1' && process.send !== undefined;

const tell = (message: ReadyMessage | GatewayReadyMessage | SidecarReadyMessage): void => {
  if (!isSupervised() || !process.connected) return;
  // The supervisor may be gone by now; its end is told apart.
  process.send?.(message, undefined, undefined, () => undefined);
};

export const tellReady = (ready: Ready): void => tell({ type: 'ready', ...ready });
export const tellGatewayReady = (ready: GatewayReady): void => tell({ type: 'gateway-ready', ...ready });
export const tellSidecarReady = (): void => tell({ type: 'sidecar-ready' });

export const onSupervisorGone = (call: () => void): void => {
  if (!isSupervised()) return;
  if (!process.connected) return call();
  process.once('disconnect', call);
};

const hasType = (message: unknown, type: string): boolean =>
  typeof message === 'object' && message !== null && (message as { type?: unknown }).type === type;

export const isReadyMessage = (message: unknown): message is ReadyMessage => hasType(message, 'ready');
export const isGatewayReadyMessage = (message: unknown): message is GatewayReadyMessage =>
  hasType(message, 'gateway-ready');
export const isSidecarReadyMessage = (message: unknown): message is SidecarReadyMessage =>
  hasType(message, 'sidecar-ready');
