import type { Body } from '../../archive/body/body';
import { bytesPiece } from '../../archive/body/pieces';
import type { Leased } from '../../archive/images/decode-queue';
import type { AppContext } from '../context';

/** Longer ones are made anew: what is cached is held in memory on its way. */
const LONGEST_KEPT = 4 * 1024 ** 2;

/** A name that no request can have: nothing is found under it but by the code below. */
const ORIGIN = 'https://edge-cache.invalid';

/**
 * Bytes that cost work to make, from the data centre's cache where it has them. It is asked only after access has been
 * decided and the instance looked up, under the archive's name and a tag that names the version of the instance: another
 * archive, a deleted instance or one that has been replaced never leads to it.
 * @param tag of the representation, strong
 * @param make called when the cache does not have it
 */
export async function cachedBytes(c: AppContext, tag: string, make: () => Promise<Leased<Uint8Array>>): Promise<Body> {
  const key = `${ORIGIN}/${encodeURIComponent(c.get('archive').name)}/${encodeURIComponent(tag)}`;
  const known = await caches.default.match(key);
  // Collected whole: nothing longer than LONGEST_KEPT is ever put there.
  if (known !== undefined) return { pieces: [bytesPiece(new Uint8Array(await known.arrayBuffer()))] };
  const { value, lease } = await make();
  if (value.length <= LONGEST_KEPT) {
    const headers = {
      'Cache-Control': 'public, max-age=2592000, immutable',
      'Content-Type': 'application/octet-stream',
    };
    // A copy: the answer's own bytes are given away when they are sent.
    const kept = new Response(value.slice(), { headers });
    c.executionCtx.waitUntil(caches.default.put(key, kept).catch(() => undefined));
  }
  return { pieces: [bytesPiece(value)], release: () => lease.release() };
}
