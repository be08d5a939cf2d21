import { conversionsOf } from '../../archive/images/transcode';
import { transcodedFile } from '../../archive/images/transcoded-file';
import type { InstanceData } from '../../archive/retrieve/instance-data';
import type { InstanceRow } from '../../archive/rows';
import { deidentify } from '../../dicom/deidentify/deidentify';
import { DicomError } from '../../dicom/errors';
import { encapsulatedDocument } from '../../dicom/reports/encapsulated-document';
import type { AcceptRange } from '../../http/accept';
import { HttpProblem } from '../../http/problem';
import { CodecError } from '../../imaging/codec';
import { chosen } from '../answer/chosen-offer';
import { tagOf } from '../answer/entity-tag';
import { dicomOffers } from '../answer/offers';
import { CONVERSION, respond } from '../answer/representation';
import type { AppContext } from '../context';

/** Names the key that replaced UIDs are made with: the same for all of an archive, so that references stay whole. */
const KEY = 'deidentification';

/**
 * Answers with an instance from which all has been taken that the Basic Application Level Confidentiality Profile (PS3.15
 * annex E) takes; UIDs are replaced by others of their own.
 * @throws HttpProblem 406 for an image that says its pixels name the patient, and for what cannot be written anew
 */
export async function respondAnonymized(
  c: AppContext,
  row: InstanceRow,
  data: InstanceData,
  ranges: readonly AcceptRange[],
): Promise<Response> {
  const archive = c.get('archive');
  if (data.dataSet['00280301']?.Value?.[0] === 'YES') throw cannot('its pixels hold burnt-in annotations');
  if (encapsulatedDocument(data.dataSet) !== undefined) throw cannot('it is a document');
  const { transferSyntaxUID } = chosen(
    ranges,
    dicomOffers(row.transferSyntaxUID, true, conversionsOf(row, data.format)),
  );
  const uid = transferSyntaxUID ?? row.transferSyntaxUID;
  return await respond(c, {
    contentType: 'application/dicom',
    etag: await tagOf(row, CONVERSION, 'anonymized', uid),
    pieces: async () => {
      const dataSet = await deidentify(data.dataSet, { secret: await archive.index.secret(KEY) });
      try {
        const source = { archive, row, data: { ...data, dataSet }, decoding: c.get('decoding') };
        return await transcodedFile(source, uid);
      } catch (error) {
        if (error instanceof CodecError || error instanceof DicomError) throw cannot('it cannot be written anew');
        throw error;
      }
    },
  });
}

function cannot(why: string): HttpProblem {
  return new HttpProblem('not-acceptable', `The instance cannot be had without what identifies the patient: ${why}.`);
}
