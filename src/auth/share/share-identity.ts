import type { Grant } from '../../access/grant';
import { NOTHING } from '../../access/grant';
import type { Identity } from '../../access/identity';
import type { Share } from '../../archive/access/shares';
import type { SharedDeidentification } from '../../archive/deidentify/deidentified-archive';
import type { Viewpoint } from '../../archive/visibility';

/**
 * The identity of a client that has opened a share. It can search and retrieve the shared study or series in one archive,
 * and nothing else.
 * @param archive name of the archive
 */
export function shareIdentity(share: Share, archive: string, deidentification?: SharedDeidentification): Identity {
  const viewpoint: Viewpoint = { principal: `share:${share.id}`, visibility: [{ scopes: [share.scope] }], labels: [] };
  const grant: Grant = {
    isNothing: false,
    viewpoint: (permission) => (permission === 'search' || permission === 'retrieve' ? viewpoint : undefined),
  };
  return {
    principal: { kind: 'share', id: viewpoint.principal },
    share,
    deidentification,
    grantIn: (name) => (name === archive ? grant : NOTHING),
  };
}

/** Why a share can no longer be used. Only a client with its secret gets this text. */
export function endOf(share: Share, now: number): string | undefined {
  if (share.revokedAt !== undefined) return 'The share is revoked.';
  return share.expiresAt <= now ? 'The share has expired.' : undefined;
}
