import { KEY_ROUTES } from './auth/key/key-routes';
import { SHARE_ROUTES } from './auth/share/share-routes';
import { SIGN_IN } from './auth/sign-in/sign-in-routes';
import type { Service } from './dicomweb/route';
import { SERVICES } from './dicomweb/routes';
import { OPERATIONS } from './observability/routes';

/** All that the app serves, with the access that each route needs. */
export const ALL_SERVICES: readonly Service[] = [...SERVICES, ...OPERATIONS, KEY_ROUTES, SHARE_ROUTES, ...SIGN_IN];
