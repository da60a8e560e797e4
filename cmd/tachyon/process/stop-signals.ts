// Signals that ask a process to stop. The first asks, a second one means "at once". Repeats within a moment count as one:
// a terminal signals the whole process group, and npm and npx pass the same Ctrl-C on once more.

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type StopSignal = (typeof STOP_SIGNALS)[number];

const REPEAT_MS = 300;

export interface StopHandlers {
  first(signal: StopSignal): void;
  again(signal: StopSignal): void;
}

/** Returns how to stop listening. */
export const onStopSignals = (handlers: StopHandlers): (() => void) => {
  let asked = false;
  let lastMs = Number.NEGATIVE_INFINITY;
  const take = (signal: StopSignal): void => {
    const nowMs = performance.now();
    const repeated = nowMs - lastMs < REPEAT_MS;
    lastMs = nowMs;
    if (!asked) {
      asked = true;
      handlers.first(signal);
    } else if (!repeated) handlers.again(signal);
  };
  for (const signal of STOP_SIGNALS) process.on(signal, take);
  return () => {
    for (const signal of STOP_SIGNALS) process.off(signal, take);
  };
};

/**
 * Ends this process by the signal itself: no exit handler runs, so that neither a reader of standard output that does
 * not read nor anything else can hold it up.
 */
export const dieBy = (signal: StopSignal): void => {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
};
