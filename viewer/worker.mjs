/**
 * The Pages project's Worker (`_worker.js`, "advanced mode"). Every request comes here: the viewer's files and pages are
 * answered by Pages, all else by the archive, which also answers what nobody has. OHIF's page never stands for an answer
 * of the archive.
 *
 * Not a Function in `functions/`: wrangler's code around a Function clones each request, and what a client uploads is
 * then held in memory for a second reader that never reads.
 */

/** Files of the Pages project that are not for clients. */
const INTERNAL = /^\/_(worker\.js|headers|redirects|routes\.json)$/;

/** Paths of the archive. */
const ARCHIVE = /^\/(dicomweb(\/.*)?|wado|health)$/;

/**
 * The pages of OHIF 3.13: one for each of its modes, which may name a data source, and those built in. They are all
 * index.html; OHIF reads the path. A new version of OHIF may have others (test/e2e/front-door.test.ts).
 */
const MODES = 'basic|basic-test|dev|dynamic-volume|microscopy|segmentation|tmtv|usAnnotation|viewer';
const BUILT_IN = 'callback|debug|local|localbasic|login|logout|notfoundserver|notfoundstudy';
const PAGE = new RegExp(`^/((${MODES})(/[^/]+)?|${BUILT_IN})/?$`, 'i');

/** @typedef {{ readonly ASSETS: Fetcher, readonly ARCHIVE: Fetcher }} ViewerEnv the files, and the archive's Worker */

export default /** @satisfies {ExportedHandler<ViewerEnv>} */ ({
  async fetch(request, env) {
    const file = await viewerFile(request, env.ASSETS);
    // As it came: the body stays a stream, and the URL keeps the client's origin, so that URIs in answers lead back here.
    return file ?? (await env.ARCHIVE.fetch(request));
  },
});

/**
 * @param {Request} request
 * @param {Fetcher} assets
 * @returns {Promise<Response | undefined>} nothing when the viewer has no such file or page
 */
async function viewerFile({ method, url, headers }, assets) {
  const { pathname } = new URL(url);
  if (ARCHIVE.test(pathname) || INTERNAL.test(pathname) || (method !== 'GET' && method !== 'HEAD')) return undefined;
  // Without the request's body, which stays the archive's to read.
  const answer = await assets.fetch(PAGE.test(pathname) ? new URL('/', url) : url, { method, headers });
  return answer.status === 404 ? undefined : answer;
}
