/**
 * The limit to compare with: a Worker that moves the same bytes to and from R2 and knows nothing of DICOM. Its bodies
 * take the fastest way that exists: streams of known length, whose bytes JavaScript never touches.
 */
export default {
  async fetch(request: Request, env: { BUCKET: R2Bucket }): Promise<Response> {
    const url = new URL(request.url);
    const key = url.searchParams.get('key') ?? '';
    const number = (name: string) => Number(url.searchParams.get(name) ?? 0);
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /range':
        return await range(env.BUCKET, key, number('offset'), number('length'));
      case 'GET /part':
        return await part(env.BUCKET, key, number('offset'), number('length'));
      case 'GET /object':
        return new Response((await env.BUCKET.get(key))?.body ?? null);
      case 'PUT /object':
        await env.BUCKET.put(key, request.body);
        return new Response(null);
      case 'GET /series':
        return series(env.BUCKET, key, number('count'), number('length'));
      case 'POST /slices':
        return await slices(request, env.BUCKET, key, number('length'));
      default:
        return new Response(null, { status: 404 });
    }
  },
} satisfies ExportedHandler<{ BUCKET: R2Bucket }>;

async function range(bucket: R2Bucket, key: string, offset: number, length: number): Promise<Response> {
  const object = await bucket.get(key, { range: { offset, length } });
  if (object === null) return new Response(null, { status: 404 });
  const { readable, writable } = new FixedLengthStream(length);
  void object.body.pipeTo(writable).catch(() => undefined);
  return new Response(readable);
}

const BOUNDARY = '0123456789abcdef0123456789abcdef';
const [HEAD, END] = [
  `--${BOUNDARY}\r\nContent-Type: application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1\r\nContent-Location: ` +
    `http://localhost/dicomweb/studies/${'1'.repeat(44)}/series/${'1'.repeat(44)}/instances/${'1'.repeat(44)}/frames/1\r\n\r\n`,
  `\r\n--${BOUNDARY}--\r\n`,
].map((text) => new TextEncoder().encode(text)) as [Uint8Array, Uint8Array];

/** The headers of a frame of the archive. */
const HEADERS = {
  ETag: `"${BOUNDARY}-m-application/octet-stream-1.2.840.10008.1.2.1-f1-0123456789abcdef"`,
  'Cache-Control': 'private, no-cache',
  Vary: 'Accept, Authorization, Origin',
  'Accept-Ranges': 'bytes',
  'Content-Type': `multipart/related; type="application/octet-stream"; boundary=${BOUNDARY}`,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'self'",
};

/** The same as the only part of a multipart body, with as many headers: what DICOMweb asks of any Worker. */
async function part(bucket: R2Bucket, key: string, offset: number, length: number): Promise<Response> {
  const object = await bucket.get(key, { range: { offset, length } });
  if (object === null) return new Response(null, { status: 404 });
  const { readable, writable } = new FixedLengthStream(HEAD.length + length + END.length);
  const send = async () => {
    write(writable, HEAD);
    await object.body.pipeTo(writable, { preventClose: true });
    write(writable, END);
    await writable.close();
  };
  void send().catch(() => undefined);
  return new Response(readable, { headers: HEADERS });
}

/** Without a wait: what follows in the stream waits for it. */
function write(writable: WritableStream<Uint8Array>, bytes: Uint8Array): void {
  const writer = writable.getWriter();
  writer.write(bytes).catch(() => undefined);
  writer.releaseLock();
}

/**
 * Sends the objects `key/0`, `key/1` and so on, all of one length, in one body. The next few objects are opened while
 * one is sent.
 */
function series(bucket: R2Bucket, key: string, count: number, length: number): Response {
  const { readable, writable } = new FixedLengthStream(count * length);
  const send = async () => {
    const opened: Promise<R2ObjectBody | null>[] = [];
    for (let at = 0; at < count; at += 1) {
      for (let next = at + opened.length; opened.length < 4 && next < count; next += 1)
        opened.push(bucket.get(`${key}/${next}`));
      const object = await opened.shift();
      await object?.body.pipeTo(writable, { preventClose: true });
    }
    await writable.close();
  };
  void send().catch(() => undefined);
  return new Response(readable);
}

/** The body contains slices of one length. Each becomes an object; five of them are on their way at the same time. */
async function slices(request: Request, bucket: R2Bucket, key: string, length: number): Promise<Response> {
  const reader = request.body?.getReader({ mode: 'byob' });
  const writing = new Set<Promise<unknown>>();
  let count = 0;
  for (;;) {
    const read = await reader?.readAtLeast(length, new Uint8Array(length));
    if (read?.value === undefined || read.value.length === 0) break;
    const put = bucket.put(`${key}/${count}`, read.value).finally(() => writing.delete(put));
    writing.add(put);
    count += 1;
    if (writing.size >= 5) await Promise.race(writing);
    if (read.done) break;
  }
  await Promise.all(writing);
  return Response.json({ count });
}
