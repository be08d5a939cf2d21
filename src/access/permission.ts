/**
 * What a principal may do. Each route of the archive needs one of these, or none (see RouteAccess).
 *
 * - `store`: send instances; `search`: find studies, series and instances; `retrieve`: read instances, metadata and pictures
 * - `delete` and `restore`: hide instances and bring them back
 * - `share`: give somebody outside access to a study
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

export type Permission = (typeof PERMISSIONS)[number];

/**
 * What a route needs: a permission; `identity`, any principal that the gate knows; or `nothing`, for routes that a client
 * must reach before it has signed in.
 */
export type RouteAccess = Permission | 'identity' | 'nothing';

/** Whether a text is the name of a permission. */
export function isPermission(text: unknown): text is Permission {
  return (PERMISSIONS as readonly unknown[]).includes(text);
}
