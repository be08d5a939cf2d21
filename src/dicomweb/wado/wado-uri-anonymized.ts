import type { InstanceIdentity } from '../../archive/identities';
import type { InstanceRow } from '../../archive/rows';
import { Deidentification } from '../../dicom/deidentify/deidentification';
import type { AcceptRange } from '../../http/accept';
import type { AppContext } from '../context';
import { withInstance } from '../resource/with-instance';
import { respondInstance } from './wado-rs-instances';

/**
 * Name of the key from which replacement UIDs are made. All instances of an archive use the same key, so references
 * between them stay valid.
 */
const KEY = 'deidentification';

/**
 * Answers with an instance without the data that the Basic Application Level Confidentiality Profile (PS3.15 annex E)
 * removes: from the archive as it is seen through that de-identification.
 * @throws WithheldError, which is answered with 406, for an image whose attributes say that its pixels may identify the
 * patient; HttpProblem 406 for an instance that cannot be rewritten
 */
export async function respondAnonymized(
  c: AppContext,
  row: InstanceRow,
  ranges: readonly AcceptRange[],
  contentType: string,
): Promise<Response> {
  const archive = c.get('archive');
  const by = new Deidentification({}, await archive.index.secret(KEY));
  const { studyInstanceUID } = row;
  const seen = await c.get('deidentifiedArchives').of(archive, by, { studyInstanceUID });
  await seen.uids.know(row);
  c.set('archive', seen.archive);
  const identity: InstanceIdentity = await seen.uids.replaced(identityOf(row));
  return await withInstance(c, async (own) => await respondInstance(c, own, ranges, contentType), identity);
}

function identityOf({ studyInstanceUID, seriesInstanceUID, sopInstanceUID }: InstanceRow): InstanceIdentity {
  return { studyInstanceUID, seriesInstanceUID, sopInstanceUID };
}
