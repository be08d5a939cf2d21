import { conversionsOf } from '../../archive/images/transcode';
import { transcodedFile } from '../../archive/images/transcoded-file';
import type { InstanceData } from '../../archive/retrieve/instance-data';
import type { InstanceRow } from '../../archive/rows';
import { Deidentification } from '../../dicom/deidentify/deidentification';
import { deidentify } from '../../dicom/deidentify/deidentify';
import { identifyingPixels } from '../../dicom/deidentify/identifying-pixels';
import { DicomError } from '../../dicom/errors';
import type { AcceptRange } from '../../http/accept';
import { HttpProblem } from '../../http/problem';
import { CodecError } from '../../imaging/codec';
import { chosen } from '../answer/chosen-offer';
import { tagOf } from '../answer/entity-tag';
import { dicomOffers } from '../answer/offers';
import { CONVERSION, respond } from '../answer/respond';
import type { AppContext } from '../context';

/**
 * Name of the key from which replacement UIDs are made. All instances of an archive use the same key, so references
 * between them stay valid.
 */
const KEY = 'deidentification';

/**
 * Answers with an instance without the data that the Basic Application Level Confidentiality Profile (PS3.15 annex E)
 * removes. UIDs are replaced by new ones.
 * @throws HttpProblem 406 for an image whose attributes say that its pixels identify the patient, and for an instance
 * that cannot be rewritten
 */
export async function respondAnonymized(
  c: AppContext,
  row: InstanceRow,
  data: InstanceData,
  ranges: readonly AcceptRange[],
): Promise<Response> {
  const archive = c.get('archive');
  const why = identifyingPixels(data.dataSet);
  if (why !== undefined) throw cannot(why);
  const { transferSyntaxUID } = chosen(
    ranges,
    dicomOffers(row.transferSyntaxUID, true, conversionsOf(row, data.format)),
  );
  const uid = transferSyntaxUID ?? row.transferSyntaxUID;
  return await respond(c, {
    contentType: 'application/dicom',
    etag: await tagOf(row, CONVERSION, 'anonymized', uid),
    pieces: async () => {
      const dataSet = await deidentify(data.dataSet, new Deidentification({}, await archive.index.secret(KEY)));
      try {
        const source = { archive, row, data: { ...data, dataSet }, decoding: c.get('decoding') };
        return await transcodedFile(source, uid);
      } catch (error) {
        if (error instanceof CodecError || error instanceof DicomError) throw cannot('it cannot be rewritten');
        throw error;
      }
    },
  });
}

function cannot(why: string): HttpProblem {
  return new HttpProblem('not-acceptable', `The instance is not available in anonymized form: ${why}.`);
}
