// What both drivers of MQTT agree on.

export const TOPIC = 'race/1';
export const CONSUMER_ID = 'race-consumer';
export const PRODUCER_ID = 'race-producer';
