import { isPermission, type RouteAccess } from '../access/permission';
import { permit } from '../auth/gate';
import { methodNotAllowed } from '../dicomweb/answer/error-response';
import { retrieveCapabilities } from '../dicomweb/capabilities/capabilities';
import type { App, AppContext } from '../dicomweb/context';
import { allowedMethods, type Route, routerPath, type Service } from '../dicomweb/route';
import { HttpProblem } from '../http/problem';
import { isSafeMethod } from '../http/safe-methods';
import { refuseOtherIndex } from './check-archive';

type Handler = (c: AppContext) => Response | Promise<Response>;

/** Registers every resource of a service with its methods and OPTIONS. Any other method is answered with 405. */
export function serve(app: App, service: Service): void {
  const { base, routes } = service;
  if (base !== '') {
    app.options(base, permitted('identity', retrieveCapabilities(service, '')));
    app.all(base, permitted('identity', methodNotAllowed(allowedMethods([]))));
  }
  for (const [template, here] of Map.groupBy(routes, ([, path]) => path)) {
    const path = base + routerPath(template);
    for (const route of here) app.on(route[0], path, handlerOf(route));
    app.options(path, permitted('identity', retrieveCapabilities(service, template)));
    app.all(path, permitted('identity', methodNotAllowed(allowedMethods(here))));
  }
}

/** A handler that is called once the gate permits the request. */
export function permitted<Answer>(access: RouteAccess, handler: (c: AppContext) => Answer): (c: AppContext) => Answer {
  return (c) => {
    permit(c, access);
    return handler(c);
  };
}

/** What a route does: the gate decides, then the handler gets the archive as the principal sees it. */
function handlerOf([, , name, access, handler]: Route): Handler {
  return async (c) => {
    c.set('transaction', name);
    permit(c, access);
    if (!isPermission(access)) return await handler(c);
    await refuseOtherIndex(c, access);
    await deidentify(c);
    return await handler(c);
  };
}

/**
 * Gives the handler the de-identified archive, when the grant demands it.
 * @throws HttpProblem 403 when the request would change something
 */
async function deidentify(c: AppContext): Promise<void> {
  const view = c.get('deidentified');
  if (view === undefined) return;
  if (!isSafeMethod(c.req.method)) throw new HttpProblem('forbidden', 'De-identified studies cannot be changed.');
  const { archive } = await c.get('deidentifiedArchives').of(c.get('archive'), view);
  c.set('archive', archive);
}
