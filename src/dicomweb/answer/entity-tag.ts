import { digestOf } from '../../archive/bytes';
import type { InstanceRow } from '../../archive/rows';
import type { AppContext } from '../context';

/*
 * Strong entity tags (RFC 9110 8.8.3), without quotes. Two answers that differ in one byte, or in their media type,
 * never have the same tag.
 */

/**
 * Names a representation of an instance's bytes. A digest costs a call out of JavaScript, so short texts are used
 * directly.
 * @param representation everything, beside the version, that determines the bytes; only characters that a tag may
 * contain
 */
export async function tagOf({ version }: InstanceRow, ...representation: string[]): Promise<string> {
  const text = representation.join('-');
  return `${version}-${text.length <= LONGEST_TAG ? text : await digestOf(text)}`;
}

const LONGEST_TAG = 80;

/**
 * The tag of an answer that contains absolute URIs, such as the Content-Location of each part of a multipart body. The
 * URIs begin with the public base URI, so the same resource has other bytes under another host.
 * @param etag names everything else that determines the bytes
 */
export async function tagWithBase(c: AppContext, etag: string): Promise<string> {
  return `${etag}-${await tagOfBase(c.get('baseURI'))}`;
}

/** A short name for a public base URI. */
async function tagOfBase(baseURI: string): Promise<string> {
  const known = bases.get(baseURI);
  if (known !== undefined) return known;
  const made = (await digestOf(baseURI)).slice(0, 16);
  if (bases.size >= KEPT_BASES) bases.clear();
  bases.set(baseURI, made);
  return made;
}

/** A deployment has only a few hosts. The client chooses the host, so the number of cached names is limited. */
const bases = new Map<string, string>();
const KEPT_BASES = 16;
