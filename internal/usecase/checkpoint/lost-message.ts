// A message that lives by the checkpoint, while no segment says where it stands.

import { TachyonError } from '../../../pkg/protocol/errors.ts';

export class LostMessage extends TachyonError {
  constructor(message: string) {
    super('CORRUPT_JOURNAL', `${message} lives by the checkpoint, but no segment says where it stands`);
  }
}
