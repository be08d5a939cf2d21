import { createHash } from 'node:crypto';
import { Agent, request } from 'node:http';

/**
 * @typedef {{ url: string, method?: string, headers?: Record<string, string>, body?: Buffer }} Call
 * @typedef {{ status: number, headers: import('node:http').IncomingHttpHeaders, bytes: number, body: Buffer, sha256: string }} Answer
 */

/** Keeps connections open, as a browser does. */
export class Client {
  #agent;

  /** @param {number} connections */
  constructor(connections) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /**
   * @param {Call} call
   * @param {boolean} [keep] keeps the body and its digest; otherwise the bytes are only counted, so that the client costs little
   * @returns {Promise<Answer>}
   */
  send({ url, method = 'GET', headers = {}, body }, keep = false) {
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'Content-Length': body.length };
      const sent = request(
        url,
        { method, headers: { ...headers, ...length }, agent: this.#agent, timeout: 120_000 },
        (answer) => {
          const chunks = /** @type {Buffer[]} */ ([]);
          let bytes = 0;
          answer.on('data', (/** @type {Buffer} */ chunk) => {
            bytes += chunk.length;
            if (keep) chunks.push(chunk);
          });
          answer.on('error', reject);
          answer.on('end', () => {
            const whole = Buffer.concat(chunks);
            const sha256 = keep ? createHash('sha256').update(whole).digest('hex') : '';
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes, body: whole, sha256 });
          });
        },
      );
      sent.on('error', reject);
      sent.on('timeout', () => sent.destroy(new Error(`No answer in time: ${url}`)));
      sent.end(body);
    });
  }

  close() {
    this.#agent.destroy();
  }
}

/**
 * Sends calls over several connections. A connection sends its next call when the last one has been answered.
 * @param {readonly Call[]} calls
 * @param {number} connections
 * @returns {Promise<{ seconds: number, bytes: number }>}
 */
export async function run(calls, connections) {
  const client = new Client(connections);
  let at = 0;
  let bytes = 0;
  const work = async () => {
    while (at < calls.length) {
      const call = calls[at++];
      if (call === undefined) return;
      const answer = await client.send(call);
      if (answer.status !== 200) throw new Error(`${answer.status} from ${call.method ?? 'GET'} ${call.url}`);
      bytes += answer.bytes;
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: connections }, work));
  const seconds = (performance.now() - begun) / 1000;
  client.close();
  return { seconds, bytes };
}
