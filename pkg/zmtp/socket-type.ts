// Socket types: their names (RFC 37), their numbers in ZMTP 2.0 greetings (RFC 15), and which may talk to which.

/** The types that this package offers. */
export type SocketType = 'ROUTER' | 'DEALER' | 'REQ' | 'PUB' | 'XPUB' | 'SUB';

const LEGAL_PEERS: Readonly<Record<SocketType, readonly string[]>> = {
  ROUTER: ['REQ', 'DEALER', 'ROUTER'],
  DEALER: ['REP', 'DEALER', 'ROUTER'],
  REQ: ['REP', 'ROUTER'],
  PUB: ['SUB', 'XSUB'],
  XPUB: ['SUB', 'XSUB'],
  SUB: ['PUB', 'XPUB'],
};

export const isLegalPeer = (own: SocketType, peer: string): boolean => LEGAL_PEERS[own].includes(peer);

/** Only these announce an identity; from all others the property is ignored. */
export const hasIdentity = (type: string): boolean => type === 'REQ' || type === 'DEALER' || type === 'ROUTER';

const NAMES_2_0 = ['PAIR', 'PUB', 'SUB', 'REQ', 'REP', 'DEALER', 'ROUTER', 'PULL', 'PUSH', 'XPUB', 'XSUB'] as const;

/** XPUB and XSUB are not in RFC 15, which has them speak as PUB and SUB, yet libzmq 3.2 sends their numbers. */
export const socketTypeOf20 = (code: number): string | undefined => NAMES_2_0[code];

export const socketTypeTo20 = (type: SocketType): number => NAMES_2_0.indexOf(type === 'XPUB' ? 'PUB' : type);
