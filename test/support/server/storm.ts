import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { median } from '../../../bench/support/quantiles.mjs';
import { seededRandom } from '../seeded-random.ts';

/** A request of a client. Every answer to it has the same bytes. */
export interface Question {
  readonly kind: string;
  /** The path after the origin. */
  readonly path: string;
  readonly accept: string;
}

/** When a client destroys its socket: while its request still waits, during the work, or after the first bytes. */
export type Leaving = 'queued' | 'decoding' | 'sending';

interface Storm {
  readonly origin: string;
  readonly questions: readonly Question[];
  /** Number of clients that read every answer to its end. */
  readonly staying: number;
  /** Number of clients that destroy their sockets. */
  readonly leaving: number;
  readonly seconds: number;
}

/** The results of the clients that stay. */
export interface Figures {
  /** Answers by their status. */
  readonly statuses: Record<number, number>;
  /** Answers that were cut short, or that differed from the first answer to the same request. */
  wrong: number;
  /** Sockets that were destroyed, by the moment. */
  readonly left: Record<Leaving, number>;
  /** Milliseconds of every answer, by the kind of request. */
  readonly times: Map<string, number[]>;
}

const MOMENTS: readonly Leaving[] = ['queued', 'decoding', 'sending'];

/**
 * Clients that send requests at the same time, each the next one when its last has ended. A client that leaves sends at
 * most as many requests as a client that stays, so the work is at most the same with both.
 */
export async function storm({ origin, questions, staying, leaving, seconds }: Storm): Promise<Figures> {
  const figures: Figures = { statuses: {}, wrong: 0, left: { queued: 0, decoding: 0, sending: 0 }, times: new Map() };
  const lengths = new Map<string, number>();
  const agent = new Agent({ keepAlive: true });
  const end = Date.now() + seconds * 1000;
  const stay = async (client: number): Promise<void> => {
    const random = seededRandom(client + 1);
    while (Date.now() < end) {
      const question = questions[random.below(questions.length)]!;
      const begun = performance.now();
      const { status, length } = await answerTo(agent, origin, question);
      figures.statuses[status] = (figures.statuses[status] ?? 0) + 1;
      const representation = `${question.accept} ${question.path}`;
      if (status === 200) {
        const known = lengths.get(representation) ?? length;
        lengths.set(representation, known);
        if (length !== known) figures.wrong += 1;
      }
      const times = figures.times.get(question.kind) ?? [];
      times.push(performance.now() - begun);
      figures.times.set(question.kind, times);
    }
  };
  const leave = async (client: number): Promise<void> => {
    const random = seededRandom(1000 + client);
    while (Date.now() < end) {
      const question = questions[random.below(questions.length)]!;
      const moment = MOMENTS[random.below(MOMENTS.length)]!;
      const begun = Date.now();
      await abandoned(origin, question, moment, random.below(2) === 0, random.below(100) / 100);
      figures.left[moment] += 1;
      const usual = median(figures.times.get(question.kind) ?? []) || 500;
      await new Promise((resolve) => setTimeout(resolve, Math.max(20, usual - (Date.now() - begun))));
    }
  };
  await Promise.all([
    ...Array.from({ length: staying }, (_, client) => stay(client)),
    ...Array.from({ length: leaving }, (_, client) => leave(client)),
  ]);
  agent.destroy();
  return figures;
}

/** @returns status 0 when the answer broke off or did not arrive */
function answerTo(
  agent: Agent,
  origin: string,
  { path, accept }: Question,
): Promise<{ status: number; length: number }> {
  return new Promise((resolve) => {
    const failed = () => resolve({ status: 0, length: 0 });
    const sent = request(`${origin}${path}`, { agent, headers: { Accept: accept }, timeout: 120_000 }, (answer) => {
      let length = 0;
      answer.on('data', (chunk: Buffer) => {
        length += chunk.length;
      });
      answer.on('error', failed);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, length }));
    });
    sent.on('error', failed);
    sent.on('timeout', () => sent.destroy());
    sent.end();
  });
}

/**
 * Sends a request and resets the connection before the answer begins. The local server does not tell the Worker of this.
 */
export function reset(origin: string, question: Question): Promise<void> {
  return abandoned(origin, question, 'queued', true, 1 / 3);
}

/**
 * Sends a request and destroys the socket.
 * @param reset by RST, otherwise by FIN
 * @param part from 0 to 1: how far into the chosen moment
 */
function abandoned(
  origin: string,
  { path, accept }: Question,
  moment: Leaving,
  reset: boolean,
  part: number,
): Promise<void> {
  const { hostname, port, host } = new URL(origin);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: ${accept}\r\n\r\n`);
    });
    const go = () => {
      if (reset) socket.resetAndDestroy();
      else socket.destroy();
    };
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    if (moment === 'sending') {
      socket.once('data', () => {
        socket.pause();
        setTimeout(go, 200 * part);
      });
      setTimeout(go, 60_000).unref();
    } else setTimeout(go, moment === 'queued' ? 30 * part : 50 + 500 * part);
  });
}
