/**
 * What a principal may do. Each route of the archive needs one of these, or none (see RouteAccess).
 *
 * - `store`: send instances; `search`: find studies, series and instances; `retrieve`: read instances, metadata and pictures
 * - `delete` and `restore`: hide instances and bring them back
 * - `share`: create links that show a study to people without an account
 * - `audit`: read the record of who did what
 * - `administer`: API keys, labels, statistics
 */
export const PERMISSIONS = [
  'store',
  'search',
  'retrieve',
  'delete',
  'restore',
  'share',
  'audit',
  'administer',
] as const;

/** The name of a permission. */
export type Permission = (typeof PERMISSIONS)[number];

/**
 * What a route needs: a permission; `identity`, any principal that the gate knows; `nothing`, for routes of the deployment's
 * own archive that a client must reach before it has signed in; or `secret`, a secret in the body of the request, which the
 * handler checks. In an archive that does not exist, no secret is right.
 */
export type RouteAccess = Permission | 'identity' | 'nothing' | 'secret';

/** Whether a text is the name of a permission. */
export function isPermission(text: unknown): text is Permission {
  return (PERMISSIONS as readonly unknown[]).includes(text);
}
