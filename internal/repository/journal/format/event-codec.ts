// Events as bytes. Each stands in a frame of u8 kind, u8 version, u32 length, so that one that nobody needs is skipped
// without being understood, and one that only a newer version knows is refused as that, not as damage.

import type { Event } from '../../../domain/event.ts';
import { type ByteReader, CodecFault, NewerFormat } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import * as consumers from './event-codecs-consumers.ts';
import * as hot from './event-codecs-hot.ts';
import * as rare from './event-codecs-rare.ts';
import * as routes from './event-codecs-routes.ts';
import * as schedule from './event-codecs-schedule.ts';
import type { EventCodec } from './event-fields.ts';

const EVENT_VERSION = 1;

type CodecOf = { readonly [Type in Event['type']]: EventCodec<Extract<Event, { readonly type: Type }>> };

/** The compiler asks for every event of the domain. */
const CODECS: CodecOf = {
  started: rare.started,
  'queue-declared': rare.queueDeclared,
  'queue-deleted': rare.queueDeleted,
  'queue-purged': rare.queuePurged,
  'queue-paused': rare.queuePaused,
  'queue-draining': rare.queueDraining,
  'queue-idle': rare.queueIdle,
  'key-paused': rare.keyPaused,
  'key-released': rare.keyReleased,
  'route-added': rare.routeAdded,
  'route-shaped': routes.routeShaped,
  'route-removed': rare.routeRemoved,
  imported: rare.imported,
  'producer-opened': rare.producerOpened,
  'producer-expired': rare.producerExpired,
  'session-opened': rare.sessionOpened,
  'session-closed': rare.sessionClosed,
  'delivery-ids-reserved': rare.deliveryIdsReserved,
  extended: rare.extended,
  'leases-shifted': rare.leasesShifted,
  failed: rare.failed,
  'dead-lettered': rare.deadLettered,
  redriven: rare.redriven,
  'dead-letters-purged': rare.deadLettersPurged,
  'schema-added': routes.schemaAdded,
  'schema-removed': routes.schemaRemoved,
  'copy-owed': routes.copyOwed,
  'copy-dropped': routes.copyDropped,
  'operator-action': rare.operatorAction,
  'job-started': rare.jobStarted,
  'job-moved': rare.jobMoved,
  'job-ended': rare.jobEnded,
  rescheduled: schedule.rescheduled,
  cancelled: schedule.cancelled,
  'cron-declared': schedule.cronDeclared,
  'cron-removed': schedule.cronRemoved,
  'cron-steered': schedule.cronSteered,
  'cron-passed': schedule.cronPassed,
  'consumer-steered': consumers.consumerSteered,
  accepted: hot.accepted,
  relocated: hot.relocated,
  'traits-carried': hot.traitsCarried,
  leased: hot.leased,
  settled: hot.settled,
  expired: hot.expired,
  returned: hot.returned,
};

const BY_KIND: readonly (EventCodec<Event> | undefined)[] = (() => {
  const table: EventCodec<Event>[] = [];
  for (const codec of Object.values(CODECS)) table[codec.kind] = codec as unknown as EventCodec<Event>;
  return table;
})();

export const EVENT_TYPES: readonly string[] = Object.keys(CODECS);

export function writeEvent(to: ByteWriter, event: Event): void {
  const codec = CODECS[event.type] as unknown as EventCodec<Event>;
  to.u8(codec.kind);
  to.u8(EVENT_VERSION);
  const lengthAt = to.length;
  to.u32(0);
  codec.write(to, event);
  to.patchU32(lengthAt, to.length - lengthAt - 4);
}

/** The next event, or null when `wanted` says that its kind is of no interest. Throws CodecFault or NewerFormat. */
export function readEvent(from: ByteReader, wanted: (type: Event['type']) => boolean): Event | null {
  const kind = from.u8();
  const version = from.u8();
  const outer = from.enter(from.u32());
  if (kind === 0 || version === 0) throw new CodecFault('no event begins here');
  const codec = BY_KIND[kind];
  if (codec === undefined || version !== EVENT_VERSION) throw new NewerFormat(`event kind ${kind}, version ${version}`);
  const event = wanted(codec.type) ? codec.read(from) : null;
  from.leave(outer, event === null);
  return event;
}

/** Bytes of blocks that the event brings along. */
export function blockBytesOf(event: Event): number {
  if (event.type === 'relocated') return event.length;
  if (event.type !== 'accepted') return 0;
  let bytes = 0;
  for (const length of event.lengths) bytes += length;
  return bytes;
}
