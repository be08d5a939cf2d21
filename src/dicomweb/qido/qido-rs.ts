import type { Principal } from '../../access/principal';
import { metadataInBatches } from '../../archive/metadata/metadata-batches';
import { search } from '../../archive/search/search';
import { type QueryLevel, TAG } from '../../archive/search/search-keys';
import type { SearchRequest } from '../../archive/search/search-query';
import { findKey } from '../../archive/search-attributes/extra-attributes';
import { requestedTypes } from '../../http/accept';
import { HttpProblem } from '../../http/problem';
import { searchParameters } from '../../http/query-parameters';
import { negotiate } from '../answer/negotiate';
import { SEARCH_OFFERS } from '../answer/offers';
import type { AppContext } from '../context';
import { parseSearch } from './qido-query';
import { searchResponse } from './qido-response';

/** GET /studies (PS3.18 10.6, All Studies). */
export async function searchStudies(c: AppContext): Promise<Response> {
  return await answer(c, 'study');
}

/** GET /series and /studies/{study}/series (PS3.18 10.6, All Series, Study's Series). */
export async function searchSeries(c: AppContext): Promise<Response> {
  return await answer(c, 'series');
}

/**
 * GET /instances, /studies/{study}/instances and /studies/{study}/series/{series}/instances (PS3.18 10.6, All Instances,
 * Study's Instances, Study Series' Instances).
 */
export async function searchInstances(c: AppContext): Promise<Response> {
  return await answer(c, 'instance');
}

/** @throws HttpProblem 400 for invalid parameters, 406 when the client accepts none of the offered types */
async function answer(c: AppContext, level: QueryLevel): Promise<Response> {
  const offer = negotiate(requestedTypes(c.req.raw), SEARCH_OFFERS);
  if (offer === undefined) {
    const forms = 'application/dicom+json or multipart/related; type="application/dicom+xml"';
    throw new HttpProblem('not-acceptable', `Search results are available as ${forms}.`);
  }
  const resource = {
    level,
    studyInstanceUID: c.req.param('study'),
    seriesInstanceUID: c.req.param('series'),
  };
  const { limits, searchAttributes, searchCaseSensitive } = c.get('config');
  const { request, warnings, count } = parseSearch(resource, searchParameters(c.req.url), limits, (path, creators) =>
    findKey(path, searchAttributes, creators),
  );
  const archive = c.get('archive');
  const baseURI = c.get('baseURI');
  const preferred = prefersCount(c.req.raw.headers);
  const now = Date.now();
  // Read before the search, because entities that are indexed during the search may be missing from the answer.
  const indexing = await c.get('indexing').warnings(request, now, archive.view === '');
  const found = await search(archive, request, {
    baseURI,
    asker: askerOf(c.get('identity')?.principal, c.req.raw.headers),
    now,
    caseSensitive: searchCaseSensitive,
    count: count || preferred,
    kept: c.get('searches'),
    instanceMetadata: (instances) => metadataInBatches(archive, instances, baseURI),
  });
  const study = soleStudy(request);
  if (study !== undefined && (!('length' in found.results) || found.results.length > 0)) {
    c.set('recorded', { studyInstanceUID: study });
  }
  const sentences = [...warnings, ...indexing];
  return await searchResponse(c, { ...found, offer, warnings: sentences, preferenceApplied: preferred });
}

/** The study to which a search is limited, by its path or by a key. */
function soleStudy({ studyInstanceUID, matches }: SearchRequest): string | undefined {
  if (studyInstanceUID !== undefined) return studyInstanceUID;
  const uid = matches.find(({ key }) => key.path === TAG.studyInstanceUID)?.value;
  return uid?.kind === 'single' ? uid.value : undefined;
}

/** `Prefer: count=exact` (RFC 7240) asks for the total, as the parameter count=true does. */
function prefersCount(headers: Headers): boolean {
  const preferences = (headers.get('Prefer') ?? '').split(/[,;]/);
  return preferences.some((preference) => /^\s*count\s*=\s*"?exact"?\s*$/i.test(preference));
}

/**
 * Identifies the client, so that its pages belong together: by its principal and its browser. If every client has
 * access without an identity, the credential identifies it or, without a credential, its browser and address.
 */
function askerOf(principal: Principal | undefined, headers: Headers): string {
  const browser = headers.get('User-Agent');
  if (principal !== undefined && principal.kind !== 'anonymous') return JSON.stringify([principal.id, browser]);
  const credential = headers.get('Authorization');
  return JSON.stringify(credential === null ? [headers.get('CF-Connecting-IP'), browser] : [credential]);
}
