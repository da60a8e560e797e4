// The libzmq PUB side keeps what every PUB side must keep.

import { fanoutConformance } from '../conformance/fanout-conformance.ts';
import { PubTransport } from './pub-transport.ts';

fanoutConformance('libzmq PUB', (settings) => new PubTransport(settings));
