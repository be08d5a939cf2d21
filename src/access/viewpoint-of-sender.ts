import type { Archive } from '../archive/ports';
import type { Credential, Sender } from '../archive/upload/sender';
import type { Viewpoint } from '../archive/visibility';
import { grantOf, type StoreTerms } from './grant';
import type { Principal } from './principal';
import { DEFAULT_ARCHIVE, type Role } from './role';

/** Where a sender is looked up. */
export interface SenderPlaces {
  /** The name of the archive to which the sender stores. */
  readonly archiveName: string;
  readonly archive: Archive;
  /** The deployment's own archive, which keeps sessions, and keys for several archives. */
  readonly home: Archive;
  readonly roles: ReadonlyMap<string, Role>;
  readonly allowAnonymous: boolean;
}

/**
 * The viewpoint with which a sender's instances are stored when there is no request of the sender. A revoked key, an
 * ended session, and a principal whose roles have lost the permission may not store any more. A credential that has
 * only expired counts as long as its roles count: it was valid when the bytes arrived.
 * @param now milliseconds since 1970
 * @returns undefined when the sender may not store
 */
export async function viewpointOfSender(
  sender: Sender,
  places: SenderPlaces,
  now: number,
): Promise<Viewpoint | undefined> {
  const { credential, principal, kind, visibility, labels, quota } = sender;
  const before: Viewpoint = { principal, visibility, labels, ...(quota && { quota }) };
  if (kind === 'anonymous') return places.allowAnonymous ? before : undefined;
  if (credential === undefined || kind === undefined) return before;
  const terms = await termsNow(credential, places, now);
  const roles = (terms?.roles ?? []).map((name) => places.roles.get(name)).filter((role) => role !== undefined);
  const who = { kind: kind as Principal['kind'], id: principal };
  return grantOf(who, roles, places.archiveName, now, terms).viewpoint('store');
}

/** The names of a credential's roles, and what the credential adds to them for stores. */
interface Terms extends StoreTerms {
  readonly roles: readonly string[];
}

/** @returns undefined when the credential was ended */
async function termsNow(
  credential: Credential,
  { archive, home }: SenderPlaces,
  now: number,
): Promise<Terms | undefined> {
  switch (credential.kind) {
    case 'key': {
      const key = await (credential.archive === DEFAULT_ARCHIVE ? home : archive).keys.get(credential.id);
      return key?.revokedAt === undefined ? key : undefined;
    }
    case 'session': {
      const session = await home.sessions.find(credential.id);
      // A session that has run out is forgotten some time later.
      return session ?? (now < credential.endsAt ? undefined : credential);
    }
    case 'roles':
      return credential;
  }
}
