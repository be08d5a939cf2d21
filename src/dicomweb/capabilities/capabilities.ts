import { publicOrigin } from '../../config';
import { requestedTypes } from '../../http/accept';
import { HttpProblem } from '../../http/problem';
import { negotiate, type Offer } from '../answer/negotiate';
import { VARY } from '../answer/representation';
import type { AppContext } from '../context';
import { allowedMethods, type Service } from '../route';
import { capabilitiesOf, wadlXml } from './wadl';

const JSON_TYPE = 'application/json';

/** Best first. */
const OFFERS: readonly Offer[] = [
  { mediaType: 'application/vnd.sun.wadl+xml', multipart: false },
  { mediaType: JSON_TYPE, multipart: false },
];

/**
 * OPTIONS on a service's base or on a resource: Retrieve Capabilities, PS3.18 8.9. It is told of the resource as such, of
 * whatever study; the archive is not asked.
 * @param path template of the resource; empty: the base, and so all of the service
 */
export function retrieveCapabilities(service: Service, path: string): (c: AppContext) => Response {
  const allow = allowedMethods(service.routes.filter(([, of]) => of === path)).join(', ');
  return (c) => {
    const offer = negotiate(requestedTypes(c.req.raw), OFFERS);
    if (offer === undefined) {
      const types = OFFERS.map(({ mediaType }) => mediaType).join(' or ');
      throw new HttpProblem('not-acceptable', `Capabilities can be had as ${types}.`, { Allow: allow });
    }
    const config = c.get('config');
    const origin = publicOrigin(config, c.req.url);
    const application = capabilitiesOf(service, path, origin + service.base, config);
    const body =
      offer.mediaType === JSON_TYPE
        ? JSON.stringify({ application })
        : `<?xml version="1.0" encoding="UTF-8"?>${wadlXml('application', application)}`;
    return new Response(body, {
      // RFC 9110 9.3.7: what OPTIONS answers is not for caches.
      headers: { 'Content-Type': offer.mediaType, Allow: allow, Vary: VARY, 'Cache-Control': 'no-store' },
    });
  };
}
