import { instanceMetadata } from '../archive/instance-metadata';
import { search } from '../archive/search';
import type { QueryLevel } from '../archive/search-query';
import { requestedTypes } from './accept';
import type { AppContext } from './context';
import { jsonResponse } from './json-response';
import { METADATA_OFFERS } from './media-types';
import { negotiate } from './negotiate';
import { HttpProblem } from './problem';
import { parseSearch } from './qido-query';
import { queryParameters } from './query-parameters';

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

/**
 * Nothing found is an empty list (PS3.18 11.9.3 of 2026; earlier editions had 204).
 * @throws HttpProblem 400 for parameters that say nothing, 406 when no JSON may be sent
 */
async function answer(c: AppContext, level: QueryLevel): Promise<Response> {
  const offer = negotiate(requestedTypes(c.req.raw), METADATA_OFFERS);
  if (offer === undefined) {
    throw new HttpProblem('not-acceptable', 'Search results can be had as application/dicom+json.');
  }
  const resource = {
    level,
    studyInstanceUID: c.req.param('study'),
    seriesInstanceUID: c.req.param('series'),
  };
  const { request, warnings } = parseSearch(resource, queryParameters(c.req.url), c.get('config').limits);
  const archive = c.get('archive');
  const baseURI = c.get('baseURI');
  const { results, more } = await search(archive, request, baseURI, (instances) =>
    instanceMetadata(archive, instances, baseURI),
  );
  const remaining = more ? ['There are additional results that can be requested'] : [];
  return jsonResponse(c, {
    mediaType: offer.mediaType,
    // PS3.18 8.3.4.2 and 8.3.4.4.1 give the header's form: the base URI, a colon, the sentence.
    warnings: [...warnings, ...remaining].map((warning) => `299 ${baseURI}: ${warning}`),
    open: () => JSON.stringify(results),
  });
}
