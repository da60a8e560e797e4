// The identifiers of the core. All are plain numbers below 2^53, so that they live in typed arrays;
// brands keep them apart at compile time and cost nothing at run time.

declare const brand: unique symbol;
type Branded<Name extends string> = number & { readonly [brand]: Name };

/** Queue = (tenant, name); the number is given when it is declared and never used again. */
export type QueueId = Branded<'QueueId'>;
/** One stretch of a consumer's work, from register to close; survives a reconnect when resumable. */
export type SessionId = Branded<'SessionId'>;
/** A producer known by `hello`; 0 stands for a producer that said none. */
export type ProducerId = Branded<'ProducerId'>;
export type RouteId = Branded<'RouteId'>;
/** A message's identity: its number in the order of acceptance, from 1. */
export type Sequence = Branded<'Sequence'>;
/** One hand-over of one message to one consumer: the fencing token. */
export type DeliveryId = Branded<'DeliveryId'>;
/** Where in the journal something became true: the number of the group, from 1; 0 is "before everything". */
export type Position = Branded<'Position'>;
/** A recurring schedule. */
export type CronId = Branded<'CronId'>;
/** A connection as the delivery layer numbers it; volatile. */
export type PeerId = Branded<'PeerId'>;

export const asQueueId = (n: number): QueueId => n as QueueId;
export const asSessionId = (n: number): SessionId => n as SessionId;
export const asProducerId = (n: number): ProducerId => n as ProducerId;
export const asRouteId = (n: number): RouteId => n as RouteId;
export const asSequence = (n: number): Sequence => n as Sequence;
export const asDeliveryId = (n: number): DeliveryId => n as DeliveryId;
export const asPosition = (n: number): Position => n as Position;
export const asCronId = (n: number): CronId => n as CronId;
export const asPeerId = (n: number): PeerId => n as PeerId;

export const NO_PRODUCER = asProducerId(0);
export const NO_POSITION = asPosition(0);
