interface ViewerEnv {
  /** The archive's Worker. */
  readonly ARCHIVE: Fetcher;
}

/**
 * Hands the request over as it came, and the answer back as it is made: both bodies stay streams, and the URL keeps the
 * origin that the client used, so that URIs in answers lead back here. `_routes.json` names the paths that come this way.
 */
export const onRequest: PagesFunction<ViewerEnv> = ({ request, env }) => env.ARCHIVE.fetch(request);
