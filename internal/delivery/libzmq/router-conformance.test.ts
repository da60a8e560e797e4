// The libzmq ROUTER transport keeps what every transport must keep. IPC is in `router-transport.test.ts`.

import { transportConformance } from '../conformance/transport-conformance.ts';
import { RouterTransport } from './router-transport.ts';

transportConformance('libzmq ROUTER', (settings) => new RouterTransport(settings));
