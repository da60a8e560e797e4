// The words of a backup: `journal.pin` holds the data folder's files still and says what there is to copy, or holds a pin
// longer; `journal.unpin` lets go, and says whether they were held until then.

import type { ErrorCode } from '../../../pkg/protocol/errors.ts';
import { type JournalPins, PIN_SECONDS_MAX, PINS_MAX, type PinRefusal } from '../../usecase/journal-pins.ts';
import { Args, ArgumentFault } from './args.ts';

const REFUSALS: Readonly<Record<PinRefusal, readonly [ErrorCode, string]>> = {
  memory: ['NOT_SUPPORTED', 'the journal of this broker is in memory: there are no files to copy'],
  'not yet': ['BUSY', 'nothing is on disk yet'],
  removing: ['BUSY', 'files of the audit log are being removed'],
  'too many': ['BUSY', `${PINS_MAX} pins are held`],
  'no room': ['STORAGE_FULL', 'the journal finds no room: what can be removed must go'],
};

const SECONDS = 60;

export function pinWord(pins: JournalPins, word: 'journal.pin' | 'journal.unpin', given: unknown): object {
  if (word === 'journal.unpin') {
    const pin = new Args(given, ['pin']).text('pin');
    if (!pins.unpin(pin)) throw lost(pin);
    return { pin };
  }
  const args = new Args(given, ['pin', 'seconds']);
  const seconds = args.whole('seconds', 1, PIN_SECONDS_MAX, SECONDS);
  if (args.has('pin')) {
    const pin = args.text('pin');
    if (!pins.renew(pin, seconds)) throw lost(pin);
    return { pin, seconds };
  }
  const taken = pins.pin(seconds);
  if (typeof taken === 'string') throw new ArgumentFault(REFUSALS[taken][1], REFUSALS[taken][0]);
  const { position, firstSegment, lastSegment, lastBytes } = taken.pin;
  return {
    pin: taken.name,
    seconds,
    position,
    first_segment: firstSegment,
    last_segment: lastSegment,
    last_bytes: lastBytes,
  };
}

const lost = (pin: string): ArgumentFault => new ArgumentFault(`pin "${pin}"`, 'NOT_PINNED');
