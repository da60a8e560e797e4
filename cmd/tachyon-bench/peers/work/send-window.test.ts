// The window holds whatever the order of confirms, and sends in whole chunks but for the end of a phase.

import { describe, expect, it } from 'vitest';
import { SendWindow } from './send-window.ts';

function opened(size: number, chunk: number): { window: SendWindow; sent: [number, number][] } {
  const window = new SendWindow(size);
  const sent: [number, number][] = [];
  window.use(chunk, (first, count) => sent.push([first, count]));
  return { window, sent };
}

describe('a send window', () => {
  it('sends whole chunks while they fit, and the rest of a phase as it is', async () => {
    const { window, sent } = opened(10, 4);
    const finished = window.run(0, 14);
    expect(sent).toEqual([
      [0, 4],
      [4, 4],
    ]);
    window.confirm(1);
    expect(sent).toHaveLength(2);
    window.confirm(1);
    expect(sent.at(-1)).toEqual([8, 4]);
    window.confirm(10);
    expect(sent.at(-1)).toEqual([12, 2]);
    window.confirm(2);
    await finished;
    expect(window.confirmed).toBe(14);
  });

  it('begins the next phase where the one before ended', async () => {
    const { window, sent } = opened(4, 1);
    const first = window.run(0, 2);
    window.confirm(2);
    await first;
    const second = window.run(2, 3);
    expect(sent).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
    window.confirm(1);
    await second;
  });

  it('refuses a confirm of what was not sent, and a chunk that never fits', () => {
    const { window } = opened(4, 2);
    void window.run(0, 8);
    expect(() => window.confirm(5)).toThrow('5 confirmed of 4 sent');
    expect(() => window.use(5, () => undefined)).toThrow('chunks of 5 in a window of 4');
  });
});
