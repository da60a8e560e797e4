// What a route asks of the bodies that it leads on: `compression` among its metadata names a codec. A message is stored
// once, however many queues it goes to, so one route that asks is enough.

import { checkTopic } from '../../pkg/protocol/topic.ts';
import type { State } from '../domain/state.ts';
import { type BodyCodec, codecNamed } from './codecs.ts';

const COMPRESSION_METADATA = 'compression';

/** Null: no route of this topic asks, or what it asks for is not known here. */
export function askedCodec({ routes, routeIndex }: State, tenant: string, topic: string): BodyCodec | null {
  if (checkTopic(topic) !== null) return null;
  for (const { route } of routeIndex.match(tenant, topic).routes) {
    const name = routes.get(route)?.metadata[COMPRESSION_METADATA];
    const codec = name === undefined ? null : codecNamed(name);
    if (codec !== null) return codec;
  }
  return null;
}
