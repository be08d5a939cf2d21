interface Stored {
  readonly response: Response;
  readonly body: ArrayBuffer;
  /** Values of the request's headers that Vary names. */
  readonly varied: string;
  readonly freshUntil: number;
}

/**
 * The cache of a browser in front of a server, by RFC 9111: one answer for each URL, used without a request while it is
 * fresh, otherwise revalidated with its entity tag. It uses everything that it is allowed to use.
 */
export class PrivateCache {
  /** Answers that came with a body. */
  transferred = 0;
  private readonly stored = new Map<string, Stored>();

  constructor(private readonly send: (url: string, init: RequestInit) => Promise<Response>) {}

  async fetch(url: string, headers: Record<string, string>): Promise<Response> {
    const kept = this.stored.get(url);
    const fits = kept !== undefined && kept.varied === variedBy(kept.response, headers);
    if (kept !== undefined && fits && kept.freshUntil > Date.now()) return copyOf(kept);
    const etag = kept?.response.headers.get('ETag');
    const response = await this.send(url, {
      headers: { ...headers, ...(etag !== null && etag !== undefined && { 'If-None-Match': etag }) },
    });
    if (response.status === 304 && kept !== undefined) return copyOf(kept);
    const body = await response.arrayBuffer();
    this.transferred += 1;
    const found = { response, body, varied: variedBy(response, headers), freshUntil: freshUntil(response) };
    const { status } = response;
    if (status === 200 && !/no-store/.test(response.headers.get('Cache-Control') ?? '')) this.stored.set(url, found);
    return copyOf(found);
  }
}

function copyOf({ response, body }: Stored): Response {
  return new Response(body.slice(0), { status: response.status, headers: response.headers });
}

function variedBy(response: Response, headers: Record<string, string>): string {
  const names = (response.headers.get('Vary') ?? '').split(',').map((name) => name.trim().toLowerCase());
  const sent = new Headers(headers);
  return names.map((name) => `${name}: ${sent.get(name) ?? ''}`).join('\n');
}

function freshUntil(response: Response): number {
  const control = response.headers.get('Cache-Control') ?? '';
  const age = /max-age=(\d+)/.exec(control)?.[1];
  return age === undefined || control.includes('no-cache') ? 0 : Date.now() + Number(age) * 1000;
}
