// Settings of the wire: endpoints, and what may come in.

import * as z from 'zod';
import { BODY_BYTES_MAX } from '../../../pkg/protocol/limits.ts';
import { endpointFault } from './endpoint.ts';
import { boolean, bytes, checkedText, choice } from './setting.ts';
import { KIB } from './units.ts';

const endpoint = {
  expects: 'an endpoint such as tcp://127.0.0.1:5555 or ipc:///run/tachyon.sock',
  metavar: 'endpoint',
  faultOf: endpointFault,
};

export const wire = z.strictObject({
  bindAddress: checkedText(
    {
      env: 'ZMQ_BIND_ADDRESS',
      flag: 'router',
      text: 'Where producers and consumers connect (ROUTER).',
      earlier: { value: 'tcp://127.0.0.1:5555' },
    },
    { ...endpoint, byDefault: 'tcp://127.0.0.1:5555' },
  ),
  pubAddress: checkedText(
    {
      env: 'ZMQ_PUB_ADDRESS',
      flag: 'pub',
      text: 'Where subscribers of fanout connect (PUB).',
      earlier: { value: 'tcp://127.0.0.1:5556' },
    },
    { ...endpoint, byDefault: 'tcp://127.0.0.1:5556' },
  ),
  transport: choice(
    {
      env: 'TRANSPORT',
      flag: 'transport',
      text: 'What speaks ZeroMQ here: the own ZMTP engine, or libzmq.',
    },
    ['zmtp', 'libzmq'],
    'zmtp',
  ),
  pubForm: choice(
    { env: 'PUB_FORM', text: 'Form in which every message leaves on PUB.' },
    ['event', 'envelope', 'frames'],
    'event',
  ),
  legacyBodies: boolean(
    { env: 'WIRE_LEGACY_BODIES', text: 'Guess the form of a body whose sender said neither hello nor a form.' },
    true,
  ),
  messageBytesMax: bytes(
    {
      env: 'MESSAGE_BYTES_MAX',
      text: 'Largest body of a message, as sent and when decompressed.',
      earlier: { value: 'no limit', why: 'a four-byte header could ask for 4 GiB of memory' },
    },
    { default: BODY_BYTES_MAX, min: KIB, max: BODY_BYTES_MAX },
  ),
  allowInsecureBind: boolean(
    {
      env: 'ALLOW_INSECURE_BIND',
      flag: 'allow-insecure-bind',
      text: 'Allow an endpoint that other machines reach, although there is no authentication.',
      earlier: { value: 'always', why: 'whoever reaches the port can read and acknowledge everything' },
    },
    false,
  ),
  trustClientTenant: boolean(
    {
      env: 'TRUST_CLIENT_TENANT',
      text: 'Let clients name their tenant.',
      earlier: { value: 'always', why: 'a tenant is no wall while clients name it themselves' },
    },
    false,
  ),
});
