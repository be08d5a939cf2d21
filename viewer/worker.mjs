/**
 * The Worker of the Pages project (`_worker.js`, "advanced mode"). Every request arrives here. Pages answers the
 * viewer's files and pages; the archive answers everything else, also paths that do not exist. OHIF's page never
 * replaces an answer of the archive.
 *
 * This is not a Function in `functions/`: wrangler's code around a Function clones each request, and an upload is then
 * held in memory for a second reader that never reads it.
 */

/** Files of the Pages project that are not for clients, and paths that are the name of no file. */
const INTERNAL = /^\/_(worker\.js|headers|redirects|routes\.json)$|%00/;

/** Paths of the archive. */
const ARCHIVE =
  /^\/((dicomweb|archives|shares|keys|audit|sign-in)(\/.*)?|sign-out|session|wado|health|statistics|metrics)$/;

/**
 * The pages of OHIF 3.13: one for each of its modes, which may name a data source, and the built-in pages. All of them
 * are index.html, and OHIF reads the path. A new version of OHIF may have others (test/e2e/front-door.test.ts).
 */
const MODES = 'basic|basic-test|dev|dynamic-volume|microscopy|segmentation|tmtv|usAnnotation|viewer';
const BUILT_IN = 'callback|debug|local|localbasic|login|logout|notfoundserver|notfoundstudy';
const PAGE = new RegExp(`^/((${MODES})(/[^/]+)?|${BUILT_IN})/?$`, 'i');

/** @typedef {{ readonly ASSETS: Fetcher, readonly ARCHIVE: Fetcher }} ViewerEnv the files, and the archive's Worker */

export default /** @satisfies {ExportedHandler<ViewerEnv>} */ ({
  async fetch(request, env, context) {
    const own = (await refusalAt(request, env.ARCHIVE)) ?? (await viewerFile(request, env.ASSETS));
    if (own !== undefined) {
      await dropBody(request.body, context);
      return own;
    }
    // The request is passed on unchanged: the body stays a stream, and the URL keeps the client's origin, so that URIs
    // in answers lead back here.
    return await env.ARCHIVE.fetch(request);
  },
});

/** Milliseconds for which the archive's answer about an address is used. */
const KNOWN_MS = 60_000;

/** For each host that the archive answers at, when this answer ends: the project's domains, and those of its deployments. @type {Map<string, number>} */
const answered = new Map();

/**
 * Asks the archive whether it answers at the address of a request. The settings of the archive say so (PUBLIC_ORIGIN,
 * ALLOWED_HOSTS), and its pages are found at the same addresses.
 * @param {Request} request
 * @param {Fetcher} archive
 * @returns {Promise<Response | undefined>} the archive's refusal; nothing when it answers, or fails for another reason
 */
async function refusalAt({ url, method }, archive) {
  const { host, pathname } = new URL(url);
  // The archive itself refuses its own paths.
  if (ARCHIVE.test(pathname) || (method !== 'GET' && method !== 'HEAD')) return undefined;
  if ((answered.get(host) ?? 0) > Date.now()) return undefined;
  const { status } = await archive.fetch(new URL('/', url), { method: 'HEAD' });
  if (status === MISDIRECTED) return await archive.fetch(new URL('/', url), { method });
  if (answered.size > 100) answered.clear();
  answered.set(host, Date.now() + KNOWN_MS);
  return undefined;
}

/** Milliseconds that an answer waits for the rest of a request body that is not needed. */
const PATIENCE_MS = 2000;

/**
 * Reads the body of a request for a file, and drops it. A client that sends its whole request before it reads would
 * otherwise lose the answer, or wait for ever: the connection ends in the middle of the body (RFC 9112 9.6).
 * @param {ReadableStream | null} body
 * @param {ExecutionContext} context
 */
async function dropBody(body, context) {
  if (body === null) return;
  const dropped = body.pipeTo(new WritableStream()).catch(() => undefined);
  context.waitUntil(dropped);
  await Promise.race([dropped, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
}

/** RFC 9110 15.5.20. */
const MISDIRECTED = 421;

/**
 * @param {Request} request
 * @param {Fetcher} assets
 * @returns {Promise<Response | undefined>} nothing when the viewer has no such file or page
 */
async function viewerFile({ method, url, headers }, assets) {
  const { pathname } = new URL(url);
  if (ARCHIVE.test(pathname) || INTERNAL.test(pathname) || (method !== 'GET' && method !== 'HEAD')) return undefined;
  // Without the request's body, because the archive has to read it when there is no such file, and without the wish for
  // another protocol (RFC 9110 7.8), which files do not have.
  const plain = new Headers(headers);
  plain.delete('Upgrade');
  const answer = await assets.fetch(PAGE.test(pathname) ? new URL('/', url) : url, { method, headers: plain });
  // 502 is the answer of the local code of Pages to a path that cannot be that of a file, because it leads through a file or is
  // too long. It names folders of this machine.
  return answer.status === 404 || answer.status === 502 ? undefined : answer;
}
