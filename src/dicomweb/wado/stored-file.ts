import type { Body } from '../../archive/body/body';
import { storedInstance } from '../../archive/images/transcoded-file';
import type { InstanceRow } from '../../archive/rows';
import type { AppContext } from '../context';

/**
 * The file as stored, or written again when the archive is seen through a de-identification.
 * @throws as transcodedFile, when it is written again
 */
export async function storedFile(c: AppContext, row: InstanceRow): Promise<Body> {
  return await storedInstance({ archive: c.get('archive'), row, decoding: c.get('decoding') }, c.get('instanceData'));
}
