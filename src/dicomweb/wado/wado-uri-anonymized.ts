import type { DeidentifiedView } from '../../archive/deidentify/deidentified-view';
import type { InstanceRow } from '../../archive/rows';
import type { AcceptRange } from '../../http/accept';
import type { AppContext } from '../context';
import { withInstance } from '../resource/with-instance';
import { respondInstance } from './wado-rs-instances';

/**
 * Answers with an instance without the data that the Basic Application Level Confidentiality Profile (PS3.15 annex E)
 * removes, except what the options retain: from the archive as it is seen through that de-identification.
 * @throws WithheldError, which is answered with 406, for an image whose attributes say that its pixels may identify the
 * patient; HttpProblem 406 for an instance that cannot be rewritten
 */
export async function respondAnonymized(
  c: AppContext,
  row: InstanceRow,
  options: DeidentifiedView['options'],
  ranges: readonly AcceptRange[],
  contentType: string,
): Promise<Response> {
  const view: DeidentifiedView = { options, of: { studyInstanceUID: row.studyInstanceUID } };
  const seen = await c.get('deidentifiedArchives').of(c.get('archive'), view);
  c.set('archive', seen.archive);
  return await withInstance(
    c,
    async (own) => await respondInstance(c, own, ranges, contentType),
    await seen.nameOf(row),
  );
}
