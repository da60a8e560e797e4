// What both drivers of NATS core agree on.

export const CORE_SUBJECT = 'race';
