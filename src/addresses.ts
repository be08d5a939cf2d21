import { ConfigurationError, type Settings } from './settings';

/** The addresses at which a deployment answers. */
export interface Addresses {
  /**
   * The addresses at which clients reach the archive, for the absolute URIs in answers. A request to one of these
   * addresses gets that address; any other request gets the first one. If the list is empty, each request gets its own
   * origin.
   */
  readonly publicOrigins: readonly string[];
  /**
   * The hosts, without ports, to which requests are answered; undefined: any. A Pages project keeps its own address
   * (`*.pages.dev`), and one for each deployment, beside a domain, and what protects the domain does not protect them.
   */
  readonly hosts: ReadonlySet<string> | undefined;
}

/** @throws ConfigurationError */
export function parseAddresses(settings: Settings): Addresses {
  const publicOrigins = settings.list('PUBLIC_ORIGIN').map(parseOrigin);
  return { publicOrigins, hosts: hostsOf(publicOrigins, settings.list('ALLOWED_HOSTS')) };
}

/**
 * Reads one origin. An invalid one is refused, because every URI in every answer would start with it.
 * @returns an http or https URL without a trailing slash. It has a path where a proxy serves the archive under one.
 * @throws ConfigurationError
 */
function parseOrigin(text: string): string {
  const origin = text.replace(/\/+$/, '');
  if (/^https?:\/\/[^?#]+$/.test(origin) && URL.canParse(origin)) return origin;
  throw new ConfigurationError('PUBLIC_ORIGIN must be an http or https URL such as https://pacs.example.org.');
}

/**
 * @param others hosts beside those of PUBLIC_ORIGIN; `*`: any
 * @throws ConfigurationError
 */
function hostsOf(publicOrigins: readonly string[], others: readonly string[]): ReadonlySet<string> | undefined {
  if (others.some((host) => host !== '*' && !/^[\w.-]+$/.test(host))) {
    throw new ConfigurationError('ALLOWED_HOSTS must be a list of host names such as viewer.pages.dev, or *.');
  }
  if (publicOrigins.length === 0 || others.includes('*')) return undefined;
  return new Set([
    ...publicOrigins.map((origin) => new URL(origin).hostname),
    ...others.map((host) => host.toLowerCase()),
  ]);
}

/**
 * Whether a request was sent to an address at which the archive does not answer. The port does not count, because Python's
 * dicomweb-client sends a Host header without it.
 * @param url of a request, as in publicOrigin
 */
export function isMisdirected({ hosts }: Addresses, url: string): boolean {
  if (hosts === undefined) return false;
  const start = url.indexOf('://') + 3;
  const host = url.slice(start, url.indexOf('/', start)).replace(/:\d+$/, '');
  return !hosts.has(host);
}

/**
 * @param url of a request: absolute and normalised, with a path. It is not parsed here, because this runs for every
 * request.
 * @returns the address at which the client of the request reaches the archive, without a trailing slash
 */
export function publicOrigin({ publicOrigins }: Addresses, url: string): string {
  const origin = url.slice(0, url.indexOf('/', url.indexOf('://') + 3));
  return publicOrigins.find((each) => each === origin || each.startsWith(`${origin}/`)) ?? publicOrigins[0] ?? origin;
}
