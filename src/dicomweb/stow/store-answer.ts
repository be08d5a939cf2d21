import type { DicomJson } from '../../dicom/json/json-model';
import { dicomXml } from '../../dicom/xml/xml-writer';
import { requestedTypes } from '../../http/accept';
import { formatMediaType } from '../../http/media-type';
import { HttpProblem } from '../../http/problem';
import { negotiate, type Offer } from '../answer/negotiate';
import type { StoreResponse } from './store-response';

const XML = 'application/dicom+xml';

/**
 * In order of preference. PS3.18 10.5.4 defines XML as a multipart type; clients also ask for the single document by
 * itself.
 */
export const STORE_ANSWERS: readonly Offer[] = [
  { mediaType: 'application/dicom+json', multipart: false },
  { mediaType: 'application/json', multipart: false },
  { mediaType: XML, multipart: false },
  { mediaType: XML, multipart: true },
];

/**
 * Chooses the form of the answer to a Store request. This happens before anything is stored, so that nothing is stored
 * for a client that could not read the answer.
 * @throws HttpProblem 406
 */
export function answerForm(request: Request): Offer {
  const form = negotiate(requestedTypes(request), STORE_ANSWERS);
  if (form !== undefined) return form;
  throw new HttpProblem(
    'not-acceptable',
    'The answer is available as application/dicom+json or application/dicom+xml.',
  );
}

/** Answers a Store request. The Content-Type has no charset, because clients compare it as a whole. */
export function storeAnswer(response: StoreResponse, form: Offer, baseURI: string): Response {
  const [contentType, body] = writtenDataSet(response.dataSet, form);
  const headers = new Headers({ 'Content-Type': contentType, 'Cache-Control': 'no-store', Vary: 'Accept' });
  for (const text of response.warnings) headers.append('Warning', `299 ${baseURI}: ${text}`);
  if (response.studyURI !== undefined && response.status < 300) headers.set('Location', response.studyURI);
  if (response.again) headers.set('Retry-After', '10');
  return new Response(body, { status: response.status, headers });
}

/** A data set of UIDs, numbers and URIs in one of the forms of STORE_ANSWERS. */
export function writtenDataSet(
  dataSet: DicomJson,
  { mediaType, multipart }: Offer,
): [contentType: string, body: string] {
  if (mediaType !== XML) return [mediaType, JSON.stringify(dataSet)];
  const document = dicomXml(dataSet);
  if (!multipart) return [mediaType, document];
  // None of the UIDs and URIs in the answer begins a line with this boundary.
  const boundary = 'store-instances-response';
  const body = `--${boundary}\r\nContent-Type: ${XML}\r\n\r\n${document}\r\n--${boundary}--\r\n`;
  return [
    formatMediaType('multipart/related', [
      ['type', XML],
      ['boundary', boundary],
    ]),
    body,
  ];
}
