/** Smaller answers gain nothing. */
const SMALL = 1024;

/** The kinds of files of the viewer that Pages compresses. */
const COMPRESSED = /^(text\/|application\/(javascript|json|wasm|manifest\+json)|image\/svg\+xml)/;

/**
 * Compresses the viewer's files, as Pages does before they leave Cloudflare: a slow line is then as slow as it will be there.
 * @template {{ headers: Pick<Headers, 'get'> }} Asked
 * @template {{ status: number, headers: Pick<Headers, 'get' | 'set' | 'append'> }} Answer
 * @param {(request: Asked) => Promise<Answer>} files answers with a file as it is
 * @returns {(request: Asked) => Promise<Answer>}
 */
export function compressed(files) {
  return async (request) => {
    const answer = await files(request);
    const { headers } = answer;
    const takesGzip = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(request.headers.get('Accept-Encoding') ?? '');
    const gains = COMPRESSED.test(headers.get('Content-Type') ?? '') && answer.status === 200;
    if (!gains || Number(headers.get('Content-Length') ?? SMALL) < SMALL) return answer;
    headers.append('Vary', 'Accept-Encoding');
    if (!takesGzip) return answer;
    // The runtime compresses a body whose header says so, and drops its length.
    headers.set('Content-Encoding', 'gzip');
    // Other bytes than those of the file (RFC 9110 8.8.3.3).
    const tag = headers.get('ETag');
    if (tag?.startsWith('"')) headers.set('ETag', `W/${tag}`);
    return answer;
  };
}
