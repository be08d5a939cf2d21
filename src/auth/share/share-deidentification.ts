import type { Share } from '../../archive/access/shares';
import type { SharedDeidentification } from '../../archive/deidentify/deidentified-archive';
import type { Archive } from '../../archive/ports';
import { Deidentification } from '../../dicom/deidentify/deidentification';
import { readDeidentifyOptions } from '../../dicom/deidentify/read-options';

/**
 * How a share is de-identified. Each share has its own key, so that two recipients cannot tell that they have the same
 * patient.
 * @returns undefined when the share is seen as stored
 */
export async function deidentificationOf(archive: Archive, share: Share): Promise<SharedDeidentification | undefined> {
  if (share.deidentification === undefined) return undefined;
  const options = readDeidentifyOptions(JSON.parse(share.deidentification));
  if (options === undefined) throw new TypeError('a share has options of de-identification that are not known');
  const secret = await archive.index.secret('share-deidentification');
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const ofShare = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(share.id));
  return { by: new Deidentification(options, new Uint8Array(ofShare)), of: share.scope };
}
