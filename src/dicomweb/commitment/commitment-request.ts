import type { ByteReader } from '../../archive/store/incoming/byte-reader';
import { DicomError } from '../../dicom/errors';
import { readDicomJson } from '../../dicom/json/dicom-json-reader';
import type { DicomJson } from '../../dicom/json/json-model';
import { readDicomXml } from '../../dicom/xml/xml-reader';
import { bufferedSource } from '../../http/buffered-source';
import { MultipartError, MultipartReader } from '../../http/multipart-reader';
import { HttpProblem } from '../../http/problem';
import type { Offer } from '../answer/negotiate';
import type { AppContext } from '../context';
import { BodyError, byteReader, RequestSource } from '../stow/request-source';
import { STORE_BODIES, type StoreFormat, storeFormat } from '../stow/store-format';

/** Bytes of the body. 5,000 instances with digests take 2 MB as JSON and 4 MB as XML. */
const LONGEST = 5_000_000;

/** Bytes of memory for each byte of the body: the text, and the data set that is made of it. */
const MEMORY = 6;

/** What the body of a request may be: metadata, as JSON or XML, alone or as the part of a multipart body. */
export const COMMITMENT_BODIES: readonly Offer[] = STORE_BODIES.filter(
  ({ mediaType }) => mediaType !== 'application/dicom',
);

/**
 * Reads the data set in the body of a request: PS3.18 13.4.1.4.
 * @throws HttpProblem 400, 408, 413, 415
 * @throws UnavailableError when other requests hold the memory for too long
 */
export async function requestDataSet(c: AppContext): Promise<DicomJson> {
  const request = c.req.raw;
  const format = formatOf(request.headers);
  const length = request.headers.get('Content-Length');
  if (Number(length ?? 0) > LONGEST) throw tooLong();
  if (request.body === null) throw new HttpProblem('bad-request', 'The request has no body.');
  const ledger = c.get('ledger');
  const bytes = MEMORY * (length === null ? LONGEST : Number(length)) + 1_000_000;
  const lease = await ledger.take(bytes, { purpose: 'upload', gone: request.signal });
  const source = new RequestSource(bufferedSource(request.body), LONGEST, false);
  try {
    return await source.watched(
      () => ledger.isWantedOfUploads,
      async () => dataSetOf(await textOf(source, format), format),
    );
  } catch (error) {
    throw problemOf(error);
  } finally {
    source.release();
    lease.release();
  }
}

function formatOf(headers: Headers): StoreFormat {
  const format = storeFormat(headers);
  if (format.root === 'json' || format.root === 'xml') return format;
  throw new HttpProblem('unsupported-media-type', 'The body must be application/dicom+json or application/dicom+xml.');
}

/** The body, or the first part of a multipart body, as text. */
async function textOf(source: RequestSource, { boundary }: StoreFormat): Promise<string> {
  const reader: ByteReader | null =
    boundary === undefined ? byteReader(source) : await new MultipartReader(source, boundary).next();
  const decoder = new TextDecoder();
  let text = '';
  for (let bytes = await reader?.read(); bytes != null; bytes = await reader?.read()) {
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}

/** @throws DicomError */
function dataSetOf(text: string, { root }: StoreFormat): DicomJson {
  const dataSets = root === 'xml' ? [readDicomXml(text)] : readDicomJson(JSON.parse(text));
  const [dataSet] = dataSets;
  if (dataSets.length !== 1 || dataSet === undefined) throw new DicomError('malformed', 'not one data set');
  return dataSet;
}

function problemOf(error: unknown): unknown {
  if (error instanceof BodyError && error.code === 'too-large') return tooLong();
  if (error instanceof BodyError && error.code === 'too-slow') {
    return new HttpProblem('timeout', 'The body arrives too slowly while other requests wait.');
  }
  if (error instanceof BodyError || error instanceof MultipartError) {
    return new HttpProblem('bad-request', 'The body is not complete.');
  }
  if (error instanceof DicomError || error instanceof SyntaxError) {
    return new HttpProblem('bad-request', 'The body is not the data set that its Content-Type says.');
  }
  return error;
}

function tooLong(): HttpProblem {
  return new HttpProblem('too-large', `The body has at most ${LONGEST} bytes. Send several requests.`);
}
