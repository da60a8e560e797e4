// Poll phases over a socket that has as much to give as the test says.

import { expect, test } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { ReceiveLoop } from './receive-loop.ts';

/** Gives what was put in at once, as libzmq does; an empty socket answers when something is put in. */
class ScriptedSocket {
  readonly #ready: Uint8Array[][] = [];
  #waiting: ((frames: Uint8Array[]) => void) | undefined;
  openReceives = 0;

  put(...messages: Uint8Array[][]): void {
    this.#ready.push(...messages);
    const next = this.#waiting === undefined ? undefined : this.#ready.shift();
    if (next !== undefined) this.#waiting?.(next);
  }

  receive(): Promise<Uint8Array[]> {
    this.openReceives += 1;
    expect(this.openReceives).toBe(1);
    const settle = (frames: Uint8Array[]): Uint8Array[] => {
      this.openReceives -= 1;
      this.#waiting = undefined;
      return frames;
    };
    const next = this.#ready.shift();
    if (next !== undefined) return Promise.resolve(settle(next));
    return new Promise((resolve) => {
      this.#waiting = (frames) => resolve(settle(frames));
    });
  }
}

/** The clock stands still but for what each message is said to cost. */
function started({ messageMs = 0 } = {}) {
  const socket = new ScriptedSocket();
  const phases: number[] = [];
  let inPhase = 0;
  let nowMs = 0;
  const loop = new ReceiveLoop(
    socket,
    {
      message: () => {
        inPhase += 1;
        nowMs += messageMs;
      },
      phaseEnd: () => {
        phases.push(inPhase);
        inPhase = 0;
      },
    },
    () => nowMs,
  );
  loop.start();
  const total = (): number => phases.reduce((sum, count) => sum + count, 0);
  return { socket, phases, loop, total };
}

const small = (count: number) => Array.from({ length: count }, () => [new Uint8Array(8)]);

test('what has arrived together is one phase', async () => {
  const { socket, phases, total } = started();
  socket.put(...small(100));
  await eventually('all', () => total() === 100);
  expect(phases).toEqual([100]);
  socket.put(...small(1));
  await eventually('the next', () => total() === 101);
  expect(phases).toEqual([100, 1]);
});

test('a phase holds a mebibyte and no further message', async () => {
  const { socket, phases, total } = started();
  socket.put(...Array.from({ length: 10 }, () => [new Uint8Array(300 * 1024)]));
  await eventually('all', () => total() === 10);
  expect(phases).toEqual([4, 4, 2]);
});

test('a phase ends after five milliseconds, and the event loop has its turn before the next one', async () => {
  const { socket, phases, total } = started({ messageMs: 0.5 });
  let phasesBeforeTurn = -1;
  socket.put(...small(160));
  setImmediate(() => {
    phasesBeforeTurn = phases.length;
  });
  await eventually('all', () => total() === 160);
  expect(phases).toEqual(Array.from({ length: 10 }, () => 16));
  expect(phasesBeforeTurn).toBeLessThan(3);
});

test('after stop nothing is told', async () => {
  const { socket, loop, total } = started();
  socket.put(...small(1));
  await eventually('the first', () => total() === 1);
  loop.stop();
  socket.put(...small(5));
  await new Promise((resolve) => setImmediate(resolve));
  expect(total()).toBe(1);
});
