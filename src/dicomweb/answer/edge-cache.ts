import type { Body } from '../../archive/body/body';
import { bytesPiece } from '../../archive/body/pieces';
import type { Leased } from '../../archive/memory/image-memory';
import type { AppContext } from '../context';

/** Longer values are not cached, because a value is held in memory while it is put into the cache or read from it. */
const LONGEST_KEPT = 4 * 1024 ** 2;

/** A host name that no request can have, so only the code below finds entries under it. */
const ORIGIN = 'https://edge-cache.invalid';

/**
 * Bytes that are expensive to make, from the cache of the data centre if it has them. The cache is asked only after
 * access has been decided and the instance has been looked up. The key is the name of the archive and a tag that names
 * the version of the instance, so another archive, a deleted instance or a replaced instance never leads to the entry.
 * @param tag of the representation, strong
 * @param make called when the cache does not have the bytes
 */
export async function cachedBytes(c: AppContext, tag: string, make: () => Promise<Leased<Uint8Array>>): Promise<Body> {
  const key = `${ORIGIN}/${encodeURIComponent(c.get('archive').name)}/${encodeURIComponent(tag)}`;
  const known = await caches.default.match(key);
  // The value is collected whole: nothing longer than LONGEST_KEPT is ever cached.
  if (known !== undefined) return { pieces: [bytesPiece(new Uint8Array(await known.arrayBuffer()))] };
  const { value, lease } = await make();
  if (value.length <= LONGEST_KEPT) {
    const headers = {
      'Cache-Control': 'public, max-age=2592000, immutable',
      'Content-Type': 'application/octet-stream',
    };
    // A copy, because the answer's own bytes are transferred when they are sent.
    const kept = new Response(value.slice(), { headers });
    c.executionCtx.waitUntil(caches.default.put(key, kept).catch(() => undefined));
  }
  return { pieces: [bytesPiece(value)], release: () => lease.release() };
}
