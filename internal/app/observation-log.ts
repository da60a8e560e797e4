// What the broker observes of itself, in its log: a constant sentence for each, with what it is about.

import type { Logger } from 'pino';
import type { Observation } from '../usecase/ports/observer.ts';

export function logObservation(logger: Logger, observation: Observation): void {
  switch (observation.type) {
    case 'command-failed':
      return logger.error(
        { err: observation.error, command: observation.command },
        'a command broke an assumption and was refused',
      );
    case 'body-damaged':
      return logger.error(
        { queue: observation.queue, sequence: observation.sequence, err: observation.error },
        'a body on disk is damaged: the message is kept and not delivered',
      );
    case 'checkpoint-written':
      return logger.debug(
        { position: observation.position, bytes: observation.bytes, tookMs: Math.round(observation.tookMs) },
        'checkpoint written',
      );
    case 'checkpoint-damaged':
      return logger.error({ file: observation.file }, 'a checkpoint is damaged: an older one is used');
    case 'checkpoint-failed':
      return logger.warn({ err: observation.error }, 'a checkpoint could not be written; it is tried again');
    case 'audit-failed':
      return logger.error({ err: observation.error }, 'the audit log cannot be written: operators can change nothing');
    case 'audit-retention-failed':
      return logger.error({ err: observation.error }, 'old entries of the audit log could not be removed');
    case 'stalled':
      return logger.warn({ byMs: observation.byMs }, 'the broker was away: leases and silences move by the gap');
    case 'overload': {
      const { level, pressure, signal } = observation;
      const said = { level, pressure: Math.round(pressure * 100) / 100, signal };
      return level === 'normal'
        ? logger.info(said, 'the broker is not overloaded any more')
        : logger.warn(said, 'the level of overload has changed');
    }
    case 'relocation-failed':
      return logger.error({ err: observation.error }, 'a live message could not be moved out of an old segment');
  }
}
