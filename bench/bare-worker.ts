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
