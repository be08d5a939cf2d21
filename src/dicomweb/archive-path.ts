/** The start of a URL's path that names an archive other than the deployment's own, or a share of an archive. */
export interface ArchivePath {
  /** Undefined: the deployment's own. */
  readonly archive?: string | undefined;
  readonly share?: string | undefined;
  /** The part before the path of a route: empty, /archives/{name}, /shares/{id}, or both. */
  readonly prefix: string;
}

const OWN: ArchivePath = { prefix: '' };
const PREFIX = /^(?:\/archives\/([^/]+))?(?:\/shares\/([^/]+)(?=\/(?:dicomweb|wado|session)(?:\/|$)))?(?=\/)/;

/**
 * Splits the path of a URL: the same routes serve each archive, and each share, under a prefix.
 * @param path as it is in the URL
 */
export function archivePath(path: string): ArchivePath {
  // Nearly all requests have neither prefix.
  if (!path.startsWith('/archives/') && !path.startsWith('/shares/')) return OWN;
  const [prefix = '', archive, share] = PREFIX.exec(path) ?? [];
  return { prefix, archive, share };
}
