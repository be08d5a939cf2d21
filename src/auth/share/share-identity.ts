import type { Grant } from '../../access/grant';
import { NOTHING } from '../../access/grant';
import type { Identity } from '../../access/identity';
import type { Share } from '../../archive/access/shares';
import { type DeidentifiedView, viewOptionsOf } from '../../archive/deidentify/deidentified-view';
import type { Viewpoint } from '../../archive/visibility';

/**
 * The identity of a client that has opened a share. It can search and retrieve the shared study or series in one archive,
 * and nothing else.
 * @param archive name of the archive
 */
export function shareIdentity(share: Share, archive: string): Identity {
  const viewpoint: Viewpoint = { principal: `share:${share.id}`, visibility: [{ scopes: [share.scope] }], labels: [] };
  const grant: Grant = {
    isNothing: false,
    viewpoint: (permission) => (permission === 'search' || permission === 'retrieve' ? viewpoint : undefined),
    deidentified: viewOf(share),
  };
  return {
    principal: { kind: 'share', id: viewpoint.principal },
    share,
    grantIn: (name) => (name === archive ? grant : NOTHING),
  };
}

/** @returns undefined when the share is seen as stored */
export function viewOf({ id, scope, deidentification }: Share): DeidentifiedView | undefined {
  if (deidentification === undefined) return undefined;
  const options = viewOptionsOf(JSON.parse(deidentification));
  if (options === undefined) throw new TypeError('a share has options of de-identification that are not known');
  return { options, share: id, of: scope };
}

/** Why a share can no longer be used. Only a client with its secret gets this text. */
export function endOf(share: Share, now: number): string | undefined {
  if (share.revokedAt !== undefined) return 'The share is revoked.';
  return share.expiresAt <= now ? 'The share has expired.' : undefined;
}
