// Loaded into a broker that is measured (`node --import`): asked over the channel of its parent, it says what the process
// has used since it was last asked. It touches nothing of the broker's, and costs it a reading of V8's books each second.

import { isMainThread } from 'node:worker_threads';
import { GcWatch } from './measure/gc-watch.ts';
import { isProbeQuestion, type ProbeReading } from './measure/probe-words.ts';

if (isMainThread && process.send !== undefined) {
  const gc = new GcWatch();
  process.on('message', (word: unknown) => {
    if (!isProbeQuestion(word)) return;
    const { user, system } = process.cpuUsage();
    const reading: ProbeReading = {
      type: 'bench.reading',
      number: word.number,
      cpuSeconds: (user + system) / 1e6,
      rssBytes: process.memoryUsage.rss(),
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      gc: gc.mark(),
    };
    process.send?.(reading, undefined, undefined, () => undefined);
  });
}
