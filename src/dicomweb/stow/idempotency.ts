import { digestOf, utf8 } from '../../archive/bytes';
import type { KeptAnswer, KeptAnswers } from '../../archive/store/kept-answers';
import { HttpProblem, problemResponse } from '../../http/problem';
import { logFailure } from '../../log';
import { passRest } from '../request-body';
import { byteReader, type RequestSource } from './request-source';

/**
 * Longest answer that is kept, in bytes. If an answer is longer, a retry is stored again, and the archive finds the
 * content already there.
 */
const MAX_KEPT_BYTES = 1_000_000;

const MAX_KEY_LENGTH = 255;

/** Headers that may be repeated with a kept answer. Other headers, such as those of CORS, depend on each request. */
const KEPT_HEADERS = ['Content-Type', 'Warning', 'Location', 'Cache-Control', 'Vary'];

/**
 * A request with an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header). If it is sent again with the same
 * body, it gets the first answer again.
 *
 * Two such requests at the same time are both carried out: storing the same content twice has the same result as
 * storing it once. A lock could be left behind by a request that ended early, and would delay the retry that the key is
 * meant for.
 */
export class IdempotentRequest {
  private constructor(
    private readonly answers: KeptAnswers,
    private readonly key: string,
    private readonly contentType: string,
  ) {}

  /**
   * @param principal Principal.id: another principal that uses the same key must not get this one's answer
   * @returns undefined when the request has no key
   * @throws HttpProblem 400 for an invalid key
   */
  static async of(request: Request, answers: KeptAnswers, principal: string): Promise<IdempotentRequest | undefined> {
    const sent = idempotencyKey(request);
    if (sent === undefined) return undefined;
    const target = `${request.method} ${new URL(request.url).pathname}`;
    const key = await digestOf(`${target}\n${sent}\n${principal}`);
    return new IdempotentRequest(answers, key, request.headers.get('Content-Type') ?? '');
  }

  /**
   * Returns the kept answer, or the answer of `work`, which is then kept.
   * @param now milliseconds since 1970
   * @param isFinal whether the answer of `work` would be the same again
   * @throws HttpProblem 422 when the key was used with another body
   */
  async answer(
    source: RequestSource,
    now: number,
    work: () => Promise<Response>,
    isFinal: () => boolean = () => true,
  ): Promise<Response> {
    const kept = await this.answers.recall(this.key, now);
    if (kept !== undefined) return await this.repeat(source, kept);
    const response = await work().catch((error: unknown) => {
      if (error instanceof HttpProblem) return problemResponse(error);
      throw error;
    });
    // A part that failed for a passing reason is to be stored when the request is sent again.
    if (response.status >= 500 || response.headers.has('Retry-After') || !isFinal()) return response;
    // The body was not read to its end, so its digest is not known.
    if (!(await passRest(source))) return response;
    const body = await response.text();
    if (utf8(body).length <= MAX_KEPT_BYTES) await this.keep(await this.fingerprint(source), response, body, now);
    return new Response(body, response);
  }

  private async repeat(source: RequestSource, kept: KeptAnswer): Promise<Response> {
    const rest = byteReader(source);
    while ((await rest.read()) !== null);
    if ((await this.fingerprint(source)) !== kept.fingerprint) {
      throw new HttpProblem('unprocessable', 'The Idempotency-Key was used for another request.');
    }
    const headers = new Headers(kept.headers);
    headers.set('Idempotent-Replayed', 'true');
    return new Response(kept.body, { status: kept.status, headers });
  }

  private async keep(fingerprint: string, response: Response, body: string, now: number): Promise<void> {
    const headers: Record<string, string> = {};
    for (const name of KEPT_HEADERS) {
      const value = response.headers.get(name);
      if (value !== null) headers[name] = value;
    }
    try {
      await this.answers.keep(this.key, { fingerprint, status: response.status, headers, body }, now);
    } catch (error) {
      // The instances are stored. Without the kept answer a retry is stored again, and the archive finds the content
      // already there.
      logFailure('answer-not-kept', error);
    }
  }

  /** A text that two requests share only if they are alike: bytes with another media type or boundary are another request. */
  private async fingerprint(source: RequestSource): Promise<string> {
    return await digestOf(`${this.contentType}\n${await source.digest()}`);
  }
}

/** The Idempotency-Key of a request. @throws HttpProblem 400 when it is not valid */
export function idempotencyKey({ headers }: Request): string | undefined {
  const header = headers.get('Idempotency-Key');
  return header === null ? undefined : parseKey(header);
}

/**
 * In the draft the key is a string of RFC 8941 in quotes, but most clients send it without quotes. Both forms are the
 * same key.
 */
function parseKey(header: string): string {
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(header.trim())?.[1];
  const key = quoted === undefined ? header.trim() : quoted.replace(/\\(["\\])/g, '$1');
  if (key.length === 0 || key.length > MAX_KEY_LENGTH || !/^[\x20-\x7e]+$/.test(key)) {
    throw new HttpProblem(
      'bad-request',
      `Idempotency-Key must have 1 to ${MAX_KEY_LENGTH} printable ASCII characters.`,
    );
  }
  return key;
}
