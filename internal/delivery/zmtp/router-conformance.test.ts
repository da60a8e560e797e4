// The ROUTER transport over `pkg/zmtp` keeps what every transport must keep, with all capabilities.

import { transportConformance } from '../conformance/transport-conformance.ts';
import { ZmtpRouterTransport } from './router-transport.ts';

transportConformance('ZMTP ROUTER', (settings) => new ZmtpRouterTransport(settings));
