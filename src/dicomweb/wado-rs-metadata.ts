import { AnswerMemory } from '../archive/answer-memory';
import { findMetadata } from '../archive/metadata';
import { acceptedTypes, chosen } from './chosen-offer';
import type { AppContext } from './context';
import { jsonResponse } from './json-response';
import { DICOM_XML, METADATA_OFFERS } from './media-types';
import { metadataXml } from './metadata-xml';
import { multipartType } from './multipart-writer';
import { absent, scopeOf } from './scope';

/** GET metadata of a study, a series or an instance: PS3.18 10.4.1.1.2. */
export async function retrieveMetadata(c: AppContext): Promise<Response> {
  const offer = chosen(acceptedTypes(c), METADATA_OFFERS);
  const scope = scopeOf(c);
  const memory = new AnswerMemory(c.get('ledger'), c.req.raw.signal);
  const metadata = await findMetadata(c.get('archive'), scope, c.get('baseURI'), memory);
  if (metadata === null) throw await absent(c, scope);
  if (offer.mediaType === DICOM_XML) {
    // The digest could be in no instance: it is made of the names of their objects, which nobody knows before.
    const boundary = offer.multipart || scope.sopInstanceUID === undefined ? metadata.etag : undefined;
    return jsonResponse(c, {
      mediaType: boundary === undefined ? DICOM_XML : multipartType(DICOM_XML, boundary),
      etag: `${metadata.etag}-${boundary === undefined ? 'x' : 'm'}`,
      open: () => metadataXml(metadata.dataSets(), boundary),
    });
  }
  // The two types are told apart, though their bytes are the same.
  const etag = `${metadata.etag}-${offer.mediaType === 'application/json' ? 'j' : 'd'}`;
  return jsonResponse(c, { mediaType: offer.mediaType, etag, open: () => metadata.open() });
}
