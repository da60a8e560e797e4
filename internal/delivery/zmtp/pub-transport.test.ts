// The PUB side over `pkg/zmtp` keeps what every PUB side must keep.

import { fanoutConformance } from '../conformance/fanout-conformance.ts';
import { ZmtpPubTransport } from './pub-transport.ts';

fanoutConformance('ZMTP PUB', (settings) => new ZmtpPubTransport(settings));
