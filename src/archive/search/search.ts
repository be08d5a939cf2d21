import type { DicomJson } from '../../dicom/json/json-model';
import { digestOf } from '../bytes';
import type { InstanceIdentity } from '../identities';
import type { Archive, RowMark } from '../ports';
import type { SearchRow } from '../rows';
import { pagingKey } from './paging';
import { type Answer, answerOf } from './search-answer';
import type { SearchCache } from './search-cache';
import type { SearchCriteria, SearchQuery, SearchRequest } from './search-query';
import { resultText } from './search-result';

/** The results of one search. */
export interface SearchResults {
  /**
   * DICOM JSON texts. They come a few at a time when stored metadata is read for them, so that it need not be held as a
   * whole.
   */
  readonly results: readonly string[] | AsyncIterable<readonly string[]>;
  /** Whether there are more matches after these. */
  readonly more: boolean;
  /** Number of all matches, when the client asked for it. */
  readonly total?: number;
}

/**
 * Stored metadata of these instances, a few at a time, in their order; undefined for an instance that is no longer
 * there.
 */
export type InstanceMetadata = (
  instances: readonly InstanceIdentity[],
) => AsyncIterable<readonly (DicomJson | undefined)[]>;

/** Values that a search needs in addition to the request. */
export interface Asking {
  /** URI of the DICOMweb root, for RetrieveURL. */
  readonly baseURI: string;
  /** Identifies the client, so that each client has pages of its own. */
  readonly asker: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Case matters in every text except names (PS3.4 C.2.2.2.1). */
  readonly caseSensitive: boolean;
  /** The client wants the total. Otherwise the matches are not counted, because that may read every match. */
  readonly count: boolean;
  /** The pages that the isolate keeps. */
  readonly kept: SearchCache;
  /** Reads attributes that the index does not keep, when the request includes them. */
  readonly instanceMetadata: InstanceMetadata;
}

/**
 * Searches the archive (PS3.18 10.6). It takes one round trip to the index, and one more for a page that follows
 * another or has pages after it, so that the pages of one client neither repeat nor miss results (see paging.ts).
 */
export async function search(archive: Archive, request: SearchRequest, asking: Asking): Promise<SearchResults> {
  const { include: _, ...criteria } = request;
  const { limit, offset } = request;
  const answer = answerOf(request);
  const key = offset > 0 ? await pagingKey(archive, criteria, asking.asker) : undefined;
  const newestRow = key === undefined ? undefined : await archive.marks.recall(key, asking.now);
  const { caseSensitive } = asking;
  const query = { ...criteria, caseSensitive, attributesOf: answer.levels, newestRow };
  const first = Math.min(limit, WINDOW);
  const cacheKey = await cacheKeyOf(archive, request, query, asking);
  const kept = cacheKey === undefined ? undefined : asking.kept.find(cacheKey);
  const [page, counted] = await Promise.all([
    archive.index.search({ ...query, limit: first + 1 }, kept?.state),
    asking.count ? archive.index.count(query) : undefined,
  ]);
  // The total may come from a replica with fewer rows than the replica that gave the page. The next answer has the newer
  // state.
  const isBehind = counted !== undefined && page.rows.length > 0 && counted < offset + page.rows.length;
  const total = isBehind ? await archive.index.count(query) : counted;
  if (kept !== undefined && page.state === kept.state) {
    if (kept.more && offset === 0) await rememberPage(archive, criteria, asking, kept.newestRow);
    return { results: kept.results, more: kept.more, ...(total !== undefined && { total }) };
  }
  const rows = page.rows.slice(0, first);
  const all = { ...query, newestRow: page.newestRow, limit: limit - first + 1, offset: offset + first };
  const rest = page.rows.length > first && limit > first ? await archive.index.matchingRows(all) : [];
  const more = limit > first ? rest.length > limit - first : page.rows.length > first;
  // A later page may have come to a further database.
  const isNews = offset === 0 || (newestRow !== undefined && page.newestRow !== newestRow);
  if (more && isNews && limit > 0) {
    await rememberPage(archive, criteria, asking, page.newestRow);
  }
  const found = { more, ...(total !== undefined && { total }) };
  if (rest.length > 0 || (answer.needsMetadata && rows.length > 0)) {
    const windows = windowsOf(archive, all, rows, rest.slice(0, limit - first));
    return { results: inWindows(windows, answer, asking), ...found };
  }
  const results = rows.map((row) => resultText(row, answer, asking.baseURI));
  const { state, newestRow: newest } = page;
  if (cacheKey !== undefined && state !== undefined)
    asking.kept.keep(cacheKey, { state, newestRow: newest, more, results });
  return { results, ...found };
}

async function rememberPage(
  archive: Archive,
  criteria: SearchCriteria,
  { asker, now }: Asking,
  newestRow: RowMark,
): Promise<void> {
  await archive.marks.remember(await pagingKey(archive, criteria, asker), newestRow, now);
}

/**
 * Names a page by everything but the state of the index that it depends on. It is a digest, so that nothing that a client
 * searched for is kept.
 * @returns undefined for a page that is not kept: of series and instances, or for a principal who sees a part of the archive
 */
async function cacheKeyOf(
  archive: Archive,
  { include }: SearchRequest,
  query: SearchQuery,
  { baseURI }: Asking,
): Promise<string | undefined> {
  if (query.level !== 'study' || archive.view !== '') return undefined;
  const creators = [...(include.privateCreators ?? [])];
  return await digestOf(JSON.stringify([archive.name, baseURI, query, include, creators]));
}

/** Rows that are held at once. A study may have many times as many instances. */
const WINDOW = 1000;

/** Yields the first rows, and then the other rows by their numbers. */
async function* windowsOf(
  archive: Archive,
  query: SearchQuery,
  first: readonly SearchRow[],
  rest: readonly number[],
): AsyncGenerator<readonly SearchRow[]> {
  yield first;
  for (let from = 0; from < rest.length; from += WINDOW) {
    yield await archive.index.rowsOf(query, rest.slice(from, from + WINDOW));
  }
}

async function* inWindows(
  windows: AsyncIterable<readonly SearchRow[]>,
  answer: Answer,
  asking: Asking,
): AsyncGenerator<readonly string[]> {
  for await (const rows of windows) {
    if (rows.length === 0) continue;
    if (answer.needsMetadata) yield* withMetadata(rows, answer, asking);
    else yield rows.map((row) => resultText(row, answer, asking.baseURI));
  }
}

async function* withMetadata(
  rows: readonly SearchRow[],
  answer: Answer,
  { baseURI, instanceMetadata }: Asking,
): AsyncGenerator<readonly string[]> {
  let done = 0;
  for await (const batch of instanceMetadata(rows.map(identityOf))) {
    const from = done;
    done += batch.length;
    yield rows.slice(from, done).map((row, at) => resultText(row, answer, baseURI, batch[at]));
  }
}

function identityOf({ studyInstanceUID, seriesInstanceUID = '', sopInstanceUID = '' }: SearchRow): InstanceIdentity {
  return { studyInstanceUID, seriesInstanceUID, sopInstanceUID };
}
