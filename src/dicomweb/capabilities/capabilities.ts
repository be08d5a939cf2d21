import { requestedTypes } from '../../http/accept';
import { HttpProblem } from '../../http/problem';
import { negotiate, type Offer } from '../answer/negotiate';
import { VARY } from '../answer/respond';
import type { AppContext } from '../context';
import { allowedMethods, type Service } from '../route';
import { capabilitiesOf, wadlXml } from './wadl';

const JSON_TYPE = 'application/json';

/** Media types of the Capabilities Description, in order of preference. */
const OFFERS: readonly Offer[] = [
  { mediaType: 'application/vnd.sun.wadl+xml', multipart: false },
  { mediaType: JSON_TYPE, multipart: false },
];

/**
 * Answers OPTIONS on the base of a service or on a resource: Retrieve Capabilities, PS3.18 8.9. The answer describes
 * the kind of resource and not a certain study, so the archive is not queried.
 * @param path template of the resource; empty for the base, which describes the whole service
 * @throws HttpProblem 406
 */
export function retrieveCapabilities(service: Service, path: string): (c: AppContext) => Response {
  const allow = allowedMethods(service.routes.filter(([, of]) => of === path)).join(', ');
  return (c) => {
    const offer = negotiate(requestedTypes(c.req.raw), OFFERS);
    if (offer === undefined) {
      const types = OFFERS.map(({ mediaType }) => mediaType).join(' or ');
      throw new HttpProblem('not-acceptable', `Capabilities are available as ${types}.`, { Allow: allow });
    }
    const config = c.get('config');
    const application = capabilitiesOf(service, path, c.get('rootURI') + service.base, config);
    const body =
      offer.mediaType === JSON_TYPE
        ? JSON.stringify({ application })
        : `<?xml version="1.0" encoding="UTF-8"?>${wadlXml('application', application)}`;
    return new Response(body, {
      // RFC 9110 9.3.7: caches must not store answers to OPTIONS.
      headers: { 'Content-Type': offer.mediaType, Allow: allow, Vary: VARY, 'Cache-Control': 'no-store' },
    });
  };
}
