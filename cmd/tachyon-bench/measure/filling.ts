// What bodies are filled with: readings of instruments as JSON lines, of which LZ4 leaves about six tenths (512 B)
// to four tenths (64 KB and more). One repeated letter, which it makes disappear, would measure nothing.

const SEED = 0x9e37_79b9;
const SITES = ['north', 'south', 'harbour', 'mill', 'station', 'depot'] as const;

/** The same bytes for the same size, every time. */
export function filling(bytes: number): Buffer {
  const filled = Buffer.allocUnsafe(bytes);
  let state = SEED;
  const next = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  for (let at = 0; at < bytes; ) {
    const site = SITES[next(SITES.length)];
    const reading = `{"site":"${site}-${next(1_000)}","celsius":${next(400) / 10},"hPa":${9_500 + next(1_000)},"id":"${next(0x7fff_ffff).toString(16)}"}\n`;
    at += filled.write(reading, at, 'latin1');
  }
  return filled;
}
