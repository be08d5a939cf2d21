import { digestOf, digestOfBytes, utf8 } from '../../archive/bytes';
import type { SearchResults } from '../../archive/search/search';
import { dicomXml } from '../../dicom/xml/xml-writer';
import { multipartType } from '../answer/multipart-writer';
import type { Offer } from '../answer/negotiate';
import { DICOM_XML } from '../answer/offers';
import { CONVERSION, REVALIDATE, unlessConditionsMet, VARY } from '../answer/respond';
import type { AppContext } from '../context';

/** The results of a search, and the form in which to send them. */
export interface SearchAnswer extends SearchResults {
  readonly offer: Offer;
  /** Sentences for the Warning header, one for each part of the request that was ignored. */
  readonly warnings: readonly string[];
  /** The client asked for the total in its Prefer header. */
  readonly preferenceApplied: boolean;
}

/**
 * Answers a search (PS3.18 10.6.3): 200, also with an empty list when nothing was found (11.9.3 of the 2026 edition;
 * earlier editions required 204), or 304 and 412 by the request's conditions. JSON is one array; XML has one part for
 * each result (8.6.1.2).
 */
export async function searchResponse(c: AppContext, answer: SearchAnswer): Promise<Response> {
  const headers: Record<string, string> = { 'Cache-Control': REVALIDATE, Vary: `${VARY}, Prefer` };
  const remaining = answer.more ? ['There are additional results that can be requested'] : [];
  // PS3.18 8.3.4.2 and 8.3.4.4.1 define the header's form: the base URI, a colon, the sentence.
  const warnings = [...answer.warnings, ...remaining].map((warning) => `299 ${c.get('baseURI')}: ${warning}`);
  if (warnings.length > 0) headers.Warning = warnings.join(', ');
  if (answer.total !== undefined) headers['X-Total-Count'] = String(answer.total);
  if (answer.preferenceApplied) headers['Preference-Applied'] = 'count=exact';
  const { mediaType } = answer.offer;
  const { results } = answer;
  const whole = 'length' in results;
  // The boundary is a digest of the results, so no value can contain it, and the same results always give the same
  // body.
  const { list, digest: ofList } = whole ? await listOf(results) : { list: undefined, digest: undefined };
  const made = `${CONVERSION} ${mediaType}`;
  const digest = ofList === undefined ? crypto.randomUUID() : await digestOf(`${made}\n${ofList}`);
  const form = mediaType === DICOM_XML ? xmlForm(mediaType, digest) : jsonForm(mediaType);
  if (whole) headers.ETag = `"${digest}"`;
  const unsent = unlessConditionsMet(c, headers);
  if (unsent !== undefined) return unsent;
  headers['Content-Type'] = form.contentType;
  if (c.req.raw.method === 'HEAD') return new Response(null, { headers });
  if (whole) {
    const body = mediaType === DICOM_XML ? utf8(`${form.text(results, true)}${form.end}`) : list!;
    headers['Content-Length'] = String(body.length);
    return new Response(body, { headers });
  }
  return new Response(await streamed(results, form), { headers });
}

/** The results as one JSON array, and its digest. */
interface WrittenList {
  readonly list: Uint8Array;
  readonly digest: string;
}

async function listOf(results: readonly string[]): Promise<WrittenList> {
  const known = written.get(results);
  if (known !== undefined) return known;
  const list = utf8(`[${results.join(',')}]`);
  const made = { list, digest: await digestOfBytes(list) };
  written.set(results, made);
  return made;
}

/** Lists by their results: the isolate keeps the results of the last searches. */
const written = new WeakMap<readonly string[], WrittenList>();

/** How a list of data sets is written. */
interface ListForm {
  readonly contentType: string;
  /** Writes some of the results, which are DICOM JSON; `first` says that the list begins with them. */
  text(results: readonly string[], first: boolean): string;
  readonly end: string;
}

function jsonForm(mediaType: string): ListForm {
  return {
    contentType: mediaType,
    text: (results, first) => `${first ? '[' : ','}${results.join(',')}`,
    end: ']',
  };
}

function xmlForm(mediaType: string, boundary: string): ListForm {
  const part = (result: string) =>
    `--${boundary}\r\nContent-Type: ${mediaType}\r\n\r\n${dicomXml(JSON.parse(result))}\r\n`;
  return {
    contentType: multipartType(mediaType, boundary),
    text: (results) => results.map(part).join(''),
    end: `--${boundary}--\r\n`,
  };
}

/** Waits for the first results, so that an early failure is still answered with an error status. */
async function streamed(
  batches: AsyncIterable<readonly string[]>,
  form: ListForm,
): Promise<ReadableStream<Uint8Array>> {
  const iterator = batches[Symbol.asyncIterator]();
  const begun = await iterator.next();
  let next: IteratorResult<readonly string[]> | undefined = begun;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = next ?? (await iterator.next());
      if (done) {
        controller.enqueue(utf8(form.end));
        controller.close();
      } else {
        controller.enqueue(utf8(form.text(value, next === begun)));
      }
      next = undefined;
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
