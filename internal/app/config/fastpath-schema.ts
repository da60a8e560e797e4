// Settings of the sidecar, under the names of the earlier system.

import * as z from 'zod';
import { SIDECAR_BODY_BYTES_MAX } from '../../../pkg/encoding/fastpath/operations.ts';
import { boolean, bytes, path } from './setting.ts';

export const fastpath = z.strictObject({
  enabled: boolean(
    {
      env: 'FASTPATH_SIDECAR_ENABLED',
      text: 'Let the sidecar compress and decompress large bodies.',
      earlier: { value: 'false' },
    },
    false,
  ),
  socketPath: path(
    {
      env: 'FASTPATH_SOCKET_PATH',
      text: 'Socket of the sidecar.',
      earlier: { value: '/tmp/tachyon-fastpath.sock', why: 'every user of the machine can write to /tmp' },
    },
    'fastpath.sock in the data folder',
    true,
  ),
  cutoverBytes: bytes(
    {
      env: 'FASTPATH_CUTOVER_BYTES',
      text: 'Size of a body from which on the sidecar is asked.',
      earlier: { value: '262144' },
    },
    { default: 256 * 1024, min: 1, max: SIDECAR_BODY_BYTES_MAX },
  ),
  require: boolean(
    {
      env: 'FASTPATH_REQUIRE',
      text: 'Refuse what the sidecar does not do, and do not start without it.',
      earlier: { value: 'false' },
    },
    false,
  ),
  fallbackToLocal: boolean(
    {
      env: 'FASTPATH_FALLBACK_TO_GO',
      envAlias: 'FASTPATH_FALLBACK_TO_LOCAL',
      text: 'Do it in the broker where the sidecar was asked and failed; also FASTPATH_FALLBACK_TO_LOCAL.',
      earlier: { value: 'true' },
    },
    true,
  ),
});
