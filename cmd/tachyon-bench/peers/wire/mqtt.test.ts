// The bytes are those of the MQTT 3.1.1 standard, its table of lengths included, fed whole and at every split.

import { describe, expect, it } from 'vitest';
import {
  encodeConnect,
  encodeLength,
  encodeSubscribe,
  MqttParser,
  PACKETS,
  PINGREQ,
  publishHead,
  writePuback,
} from './mqtt.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

function read(chunks: readonly Buffer[]): string[] {
  const seen: string[] = [];
  const parser = new MqttParser((type, flags, bytes, start, end) => {
    seen.push(`${type} ${flags} ${bytes.toString('hex', start, end)}`);
  });
  for (const chunk of chunks) parser.push(chunk);
  return seen;
}

describe('a length', () => {
  it.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [16_383, 'ff7f'],
    [16_384, '808001'],
    [2_097_151, 'ffff7f'],
    [2_097_152, '80808001'],
    [268_435_455, 'ffffff7f'],
  ])('of %i is %s', (length, bytes) => {
    expect(encodeLength(length).toString('hex')).toBe(bytes);
  });
});

describe('what an MQTT client says', () => {
  it('connects with a clean session, or one that lasts, and no keep-alive', () => {
    expect(encodeConnect('ab', true)).toEqual(hex('10 0e 0004 4d515454 04 02 0000 0002 6162'));
    expect(encodeConnect('ab', false)).toEqual(hex('10 0e 0004 4d515454 04 00 0000 0002 6162'));
  });

  it('subscribes with QoS 1', () => {
    expect(encodeSubscribe(10, 'a/b')).toEqual(hex('82 08 000a 0003 612f62 01'));
  });

  it('publishes with QoS 1, and acknowledges', () => {
    const head = publishHead('a/b', 3);
    expect(head).toEqual(hex('32 0a 0003 612f62 0000'));
    const ack = Buffer.alloc(5);
    expect(writePuback(ack, 1, 0x1234)).toBe(5);
    expect(ack).toEqual(hex('00 40 02 1234'));
    expect(PINGREQ).toEqual(hex('c0 00'));
  });
});

describe('what an MQTT broker says', () => {
  const long = Buffer.concat([publishHead('a/b', 300), Buffer.alloc(300, 7)]);
  const bytes = Buffer.concat([hex('20 02 0000'), hex('90 03 000a 01'), hex('40 02 0001'), long, hex('d0 00')]);

  it('is read as packets, at every split of the stream', () => {
    const whole = read([bytes]);
    expect(whole.map((packet) => Number(packet.split(' ')[0]))).toEqual([
      PACKETS.connack,
      PACKETS.suback,
      PACKETS.puback,
      PACKETS.publish,
      PACKETS.pingresp,
    ]);
    expect(whole[3]).toMatch(/^3 2 0003612f620000(07){300}$/);
    for (let at = 1; at < bytes.length; at += 1) {
      expect(read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
    }
  });

  it('is refused when a length has a fifth byte', () => {
    expect(() => read([hex('30 80808080 01')])).toThrow('more than four bytes');
  });
});
