// A connection to a NATS server by its protocol: greets, answers pings, asks the JetStream API, and hands messages on.

import { encodeConnect, encodePub, encodeSub, type NatsHandlers, NatsParser, PING, PONG } from '../wire/nats.ts';
import type { ConsumerSeat, ProducerSeat } from '../work/driver.ts';
import { Answer, type Line, openLine } from './line.ts';

type OnMessage = NatsHandlers['message'];

/** Subscription of answers from the API. */
const ANSWERS_SID = 1;
const ANSWERS = '_INBOX.api';
/** The sid of what a driver subscribes itself. */
export const DRIVER_SID = 2;

const CONNECT = {
  verbose: false,
  pedantic: false,
  lang: 'raw',
  version: '1',
  protocol: 1,
  headers: false,
  echo: false,
};

export class NatsSession {
  readonly line: Line;
  readonly #pongs: Answer<void>[];
  readonly #asked: Answer<string>[];

  private constructor(line: Line, pongs: Answer<void>[], asked: Answer<string>[]) {
    this.line = line;
    this.#pongs = pongs;
    this.#asked = asked;
  }

  /** `onMessage` is given what came for the driver's own subscription, `onRead` the end of each read. */
  static async open(
    seat: ProducerSeat | ConsumerSeat,
    onMessage: OnMessage,
    onRead: () => void = () => undefined,
  ): Promise<NatsSession> {
    const pongs: Answer<void>[] = [];
    const asked: Answer<string>[] = [];
    const parser = new NatsParser({
      message: (bytes, sid, replyStart, replyEnd, start, end) => {
        if (sid === ANSWERS_SID) asked.shift()?.give(bytes.toString('utf8', start, end));
        else onMessage(bytes, sid, replyStart, replyEnd, start, end);
      },
      line: (text) => {
        if (text === 'PING') line.write(PONG);
        else if (text === 'PONG') pongs.shift()?.give();
        else if (text.startsWith('-ERR')) throw new Error(`nats: ${text}`);
      },
    });
    const line = await openLine(seat, (chunk) => {
      parser.push(chunk);
      onRead();
    });
    const session = new NatsSession(line, pongs, asked);
    line.write(encodeConnect(CONNECT));
    line.write(encodeSub(ANSWERS, ANSWERS_SID));
    await session.flushed();
    return session;
  }

  /** Resolves when the server has read everything that was written before. */
  flushed(): Promise<void> {
    const pong = new Answer<void>();
    this.#pongs.push(pong);
    this.line.write(PING);
    return pong.promise;
  }

  /** Answers come in the order of the questions. Rejects with what the API complains of. */
  async ask(subject: string, body: unknown = {}): Promise<Readonly<Record<string, unknown>>> {
    const answer = new Answer<string>();
    this.#asked.push(answer);
    this.line.write(encodePub(subject, ANSWERS, JSON.stringify(body)));
    const reply = JSON.parse(await answer.promise) as Record<string, unknown>;
    if (reply['error'] !== undefined) throw new Error(`nats: ${subject}: ${JSON.stringify(reply['error'])}`);
    return reply;
  }
}
