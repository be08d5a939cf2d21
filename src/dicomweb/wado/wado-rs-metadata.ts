import { AnswerMemory } from '../../archive/memory/answer-memory';
import { findMetadata } from '../../archive/metadata/metadata';
import { acceptedTypes, chosen } from '../answer/chosen-offer';
import { jsonResponse } from '../answer/json-response';
import { multipartType } from '../answer/multipart-writer';
import { DICOM_XML, METADATA_OFFERS } from '../answer/offers';
import { CONVERSION } from '../answer/respond';
import type { AppContext } from '../context';
import { absent, scopeOf } from '../resource/scope';
import { lookingAgain } from '../resource/with-instance';
import { metadataXml } from './metadata-xml';

/** GET metadata of a study, a series or an instance: PS3.18 10.4.1.1.2. */
export async function retrieveMetadata(c: AppContext): Promise<Response> {
  return await lookingAgain(c, () => answer(c));
}

async function answer(c: AppContext): Promise<Response> {
  const offer = chosen(acceptedTypes(c), METADATA_OFFERS);
  const scope = scopeOf(c);
  const memory = new AnswerMemory(c.get('ledger'), c.req.raw.signal);
  const kept = c.get('metadata');
  const metadata = await findMetadata(c.get('archive'), scope, c.get('baseURI'), { memory, kept });
  if (metadata === null) throw await absent(c, scope);
  if (offer.mediaType === DICOM_XML) {
    // No instance can contain the digest: it is made from the names of the stored objects, which are unknown before they
    // are stored.
    const boundary = offer.multipart || scope.sopInstanceUID === undefined ? metadata.etag : undefined;
    return await jsonResponse(c, {
      mediaType: boundary === undefined ? DICOM_XML : multipartType(DICOM_XML, boundary),
      etag: `${metadata.etag}-${CONVERSION}-${boundary === undefined ? 'x' : 'm'}`,
      open: async () => metadataXml(await metadata.dataSets(), boundary),
    });
  }
  // The two media types have different tags, although their bytes are the same.
  const etag = `${metadata.etag}-${offer.mediaType === 'application/json' ? 'j' : 'd'}`;
  return await jsonResponse(c, { mediaType: offer.mediaType, etag, open: () => metadata.open() });
}
