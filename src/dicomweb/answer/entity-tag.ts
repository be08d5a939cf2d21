import { digestOf } from '../../archive/bytes';
import type { InstanceRow } from '../../archive/rows';
import type { AppContext } from '../context';

/*
 * Strong entity tags (RFC 9110 8.8.3), without quotes. Two answers that differ in one byte, or in their media type, never
 * have the same tag.
 */

/**
 * Names a representation of an instance's bytes. Digests cost a trip out of JavaScript, so short texts do without.
 * @param representation all that decides on the bytes beside the version; no character that a tag may not have
 */
export async function tagOf({ version }: InstanceRow, ...representation: string[]): Promise<string> {
  const text = representation.join('-');
  return `${version}-${text.length <= LONGEST_TAG ? text : await digestOf(text)}`;
}

const LONGEST_TAG = 80;

/**
 * The tag of an answer that holds absolute URIs, such as the Content-Location of each part of a multipart body. These begin
 * with the public base URI, so the same resource is other bytes under another host.
 * @param etag names all else that decides on the bytes
 */
export async function tagWithBase(c: AppContext, etag: string): Promise<string> {
  return `${etag}-${await tagOfBase(c.get('baseURI'))}`;
}

/** A name for a public base URI. */
async function tagOfBase(baseURI: string): Promise<string> {
  const known = bases.get(baseURI);
  if (known !== undefined) return known;
  const made = (await digestOf(baseURI)).slice(0, 16);
  if (bases.size >= KEPT_BASES) bases.clear();
  bases.set(baseURI, made);
  return made;
}

/** A deployment has a few hosts; the client names the host, so the number of names is bounded. */
const bases = new Map<string, string>();
const KEPT_BASES = 16;
