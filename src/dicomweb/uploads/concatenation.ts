import type { Upload } from '../../archive/upload/uploads';
import { HttpProblem } from '../../http/problem';
import type { AppContext } from '../context';
import { senderOf } from './tus';

/** Upload-Concat of a request that makes an upload. */
export interface Concatenation {
  readonly described: Pick<Upload, 'concat' | 'partials'>;
  /** Length of a final upload, bytes. */
  readonly byteLength?: number;
}

/**
 * Reads Upload-Concat, tus 1.0 "Upload-Concat" (concatenation): `partial`, or `final;` and the URLs of partial uploads.
 * All of them must be complete. A URL may occur several times.
 * @returns undefined without the header
 * @throws HttpProblem 400, 409
 */
export async function concatenationOf(c: AppContext): Promise<Concatenation | undefined> {
  const concat = c.req.header('Upload-Concat')?.trim();
  if (concat === undefined) return undefined;
  if (concat === 'partial') return { described: { concat } };
  const partials = /^final;/.test(concat) ? idsIn(concat.slice('final;'.length)) : [];
  if (partials.length === 0) {
    throw new HttpProblem('bad-request', 'Upload-Concat must be "partial", or "final;" and the URLs of uploads.');
  }
  return { described: { concat, partials }, byteLength: await lengthOf(c, partials) };
}

/** The ids in the URLs of uploads. Only the last segment of a path is read: a proxy may have changed the beginning. */
function idsIn(urls: string): string[] {
  return urls
    .split(' ')
    .filter((url) => url !== '')
    .map((url) => url.slice(url.lastIndexOf('/') + 1));
}

/** @throws HttpProblem 409 */
async function lengthOf(c: AppContext, partials: readonly string[]): Promise<number> {
  const found = await c.get('archive').uploads.findAll([...new Set(partials)]);
  const mine = new Map(found.filter(({ principal }) => principal === senderOf(c)).map((upload) => [upload.id, upload]));
  let bytes = 0;
  for (const id of partials) {
    const upload = mine.get(id);
    if (upload?.concat !== 'partial' || upload.state !== 'received') {
      throw new HttpProblem('conflict', 'A partial upload does not exist or is not complete.');
    }
    bytes += upload.byteLength;
  }
  return bytes;
}
