import { isSecureURL } from '../../access/members';
import { HttpProblem } from '../../http/problem';

/** Bytes of an answer of a provider. Discovery documents and key sets have a few KB. */
const LONGEST_ANSWER = 256 * 1024;

const PATIENCE_MS = 5000;

/** A provider does not answer, or gives an answer that cannot be used. The message names no secret. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
}

/** The archive cannot check the credential now. The client should send the same request again later. */
export function providerUnavailable(): HttpProblem {
  const detail = 'The identity provider does not answer. Send the request again.';
  return new HttpProblem('unavailable', detail, { 'Retry-After': '10' });
}

/**
 * Sends a request to a provider and reads the whole answer. It goes to no address without TLS, follows no redirection, and
 * ends when the answer is late or too long.
 * @throws ProviderError
 */
export async function providerFetch(url: string, init: RequestInit = {}): Promise<Response> {
  if (!isSecureURL(url)) throw new ProviderError('The address of the provider is no https URL.');
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal });
    const { status, headers } = response;
    if (status >= 300 && status < 400) {
      await response.body?.cancel();
      throw new ProviderError('The provider redirects to another address.');
    }
    const body = await bounded(response);
    return new Response(body, { status, headers });
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    throw new ProviderError('The provider does not answer.');
  }
}

/**
 * Reads a JSON object from a provider.
 * @throws ProviderError
 */
export async function providerJSON(url: string): Promise<Record<string, unknown>> {
  const response = await providerFetch(url, { headers: { Accept: 'application/json' } });
  if (response.status !== 200) throw new ProviderError(`The provider answers with ${response.status}.`);
  const value = await response.json().catch(() => undefined);
  if (typeof value !== 'object' || value === null) throw new ProviderError('The provider does not answer with JSON.');
  return value as Record<string, unknown>;
}

async function bounded({ body }: Response): Promise<Uint8Array<ArrayBuffer> | null> {
  if (body === null) return null;
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the body.
  for await (const chunk of body) {
    length += chunk.length;
    if (length > LONGEST_ANSWER) throw new ProviderError('The answer of the provider is too long.');
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
