// The operations, layouts and rules of the earlier sidecar.

import type { EarlierWord, TestName } from './proof.ts';

const GOLDEN_FILE = 'pkg/encoding/fastpath/golden.test.ts';
const FRAME_FILE = 'pkg/encoding/fastpath/binary-frame.test.ts';
const PROCESS_FILE = 'cmd/tachyon/earlier-sidecar.e2e.test.ts';
const OP_1 = 'op 1 encodes topic and payload into the binary frame';
const OP_3_AND_4 = 'op 3 compresses behind the size in four bytes, and op 4 gives back what it was';
const RULE_FILE = 'internal/media/fast-path.test.ts';
const MADE: TestName = [GOLDEN_FILE, 'of a %s are what is encoded'];
const READ: TestName = [GOLDEN_FILE, 'are read as what they say'];
const LIVE: TestName = [
  'cmd/tachyon/earlier-settings.e2e.test.ts',
  'say that there is a sidecar, where it is, and from which size on it is asked',
];

const changed = (word: string, cell: string): EarlierWord => ({ word, rows: [['compatibility', cell]] });

const tested = (word: string, said: readonly string[], ...tests: readonly TestName[]): EarlierWord => ({
  word,
  said,
  tests,
});
const testedAndChanged = (cell: string, word: EarlierWord): EarlierWord => ({
  ...word,
  rows: [['compatibility', cell]],
});

export const EARLIER_SIDECAR: readonly EarlierWord[] = [
  tested(
    'a request: op u8, flags u8, topic length u16, payload length u32, topic, payload',
    ["'01 00 0003 00000005 612e62 68656c6c6f'", "'earlier request'"],
    [PROCESS_FILE, OP_1],
    READ,
    MADE,
  ),
  tested(
    'a reply: status u16, body length u32, body',
    ['bytes(`0000 00000012 ', "'earlier failure'"],
    [PROCESS_FILE, OP_1],
    READ,
    MADE,
  ),
  testedAndChanged(
    'a request above 64 MiB',
    tested(
      'a body of at most 64 MiB',
      ['64 * 1024 * 1024', 'most + 1'],
      [PROCESS_FILE, 'takes bodies of 64 MiB, and passes over larger ones without losing its step'],
    ),
  ),
  tested(
    'status 0 done, 1 failed',
    ['readUInt16BE(0)).toBe(1)'],
    [PROCESS_FILE, 'says status 1 and why to what it cannot do, and goes on'],
  ),
  tested('op 1, encode frame', ["bytes('01 "], [PROCESS_FILE, OP_1]),
  testedAndChanged(
    'operations 2, 3 and 4',
    tested('op 2, peek header', ['request(2, '], [PROCESS_FILE, 'op 2 says version, flags and lengths of a frame']),
  ),
  testedAndChanged('operations 2, 3 and 4', tested('op 3, compress', ['request(3, '], [PROCESS_FILE, OP_3_AND_4])),
  testedAndChanged('operations 2, 3 and 4', tested('op 4, decompress', ['request(4, '], [PROCESS_FILE, OP_3_AND_4])),
  tested('the binary frame: magic, version, flags, topic length, payload length', ["'frame'"], READ, MADE),
  tested(
    'a decoder that keeps what is not whole',
    [],
    [FRAME_FILE, 'come back in order, wherever the stream is cut'],
    [FRAME_FILE, 'arrive byte by byte'],
  ),
  tested(
    'a wrong magic, another version',
    ['a wrong magic', 'another version'],
    [FRAME_FILE, 'with %s is refused, and no memory taken for it'],
  ),
  testedAndChanged(
    'a topic above 65,535 bytes',
    tested(
      'a topic length of 16 bits',
      ['TOPIC_BYTES_MAX + 1'],
      [FRAME_FILE, 'is not made with a topic that its length field cannot say'],
    ),
  ),
  changed('tachyon_encode_frame, tachyon_free_buf', '`tachyon_encode_frame`, `tachyon_free_buf`'),
  tested(
    'below the cutover: here',
    ['CUTOVER - 1'],
    [RULE_FILE, 'bodies from the cutover on go to it, and smaller ones do not'],
    LIVE,
  ),
  tested(
    'from the cutover on: the sidecar',
    ['CUTOVER'],
    [RULE_FILE, 'bodies from the cutover on go to it, and smaller ones do not'],
    LIVE,
  ),
  tested(
    'no connection: an error where it is required, else here',
    ['require: true'],
    [RULE_FILE, 'with %s all is done here, and the start is not held up'],
    [RULE_FILE, 'that is required, the start is refused with a code, and so is each call'],
  ),
  tested(
    'an error of the sidecar: an error where it is required or without fallback, else here',
    ['require: true', 'fallbackToLocal: false', 'fallbackToLocal: true'],
    [RULE_FILE, '%s, and afterwards the sidecar is used again'],
  ),
  testedAndChanged(
    'no sidecar at the start',
    tested(
      'none at the start: an error where it is required, else here for good',
      ['SIDECAR_UNAVAILABLE'],
      ['cmd/tachyon/fastpath.e2e.test.ts', 'a sidecar that is required and not there keeps the broker from serving'],
      [
        'cmd/tachyon/fastpath.e2e.test.ts',
        'one that is not required may come later; without one, all is done in the broker',
      ],
    ),
  ),
  testedAndChanged(
    'modes `go-only`, `rust-sidecar`',
    tested(
      'modes go-only and rust-sidecar',
      ["'local'", "'sidecar'"],
      [
        'cmd/tachyon/fastpath.e2e.test.ts',
        'one that is not required may come later; without one, all is done in the broker',
      ],
    ),
  ),
  changed('/tmp/tachyon-fastpath.sock', '`/tmp/tachyon-fastpath.sock`, whatever was set'),
];
