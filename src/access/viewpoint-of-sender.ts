import type { Archive } from '../archive/ports';
import type { Credential, Sender } from '../archive/upload/sender';
import type { Viewpoint } from '../archive/visibility';
import { grantOf } from './grant';
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
 * As whom a sender may store now, when no request of the sender is there. A key that was revoked and a session that was ended
 * have no permission any more, and neither has a principal whose roles have lost it. A credential that has only run out counts
 * as long as its roles do: it was valid when the bytes arrived.
 * @param now milliseconds since 1970
 * @returns undefined when the sender may not store
 */
export async function viewpointOfSender(
  sender: Sender,
  places: SenderPlaces,
  now: number,
): Promise<Viewpoint | undefined> {
  const { credential, principal, kind, visibility, labels } = sender;
  const before: Viewpoint = { principal, visibility, labels };
  if (kind === 'anonymous') return places.allowAnonymous ? before : undefined;
  if (credential === undefined || kind === undefined) return before;
  const names = await rolesNow(credential, places, now);
  const roles = (names ?? []).map((name) => places.roles.get(name)).filter((role) => role !== undefined);
  return grantOf({ kind: kind as Principal['kind'], id: principal }, roles, places.archiveName, now).viewpoint('store');
}

/** @returns the names of the roles; undefined when the credential was ended */
async function rolesNow(
  credential: Credential,
  { archive, home }: SenderPlaces,
  now: number,
): Promise<readonly string[] | undefined> {
  switch (credential.kind) {
    case 'key': {
      const key = await (credential.archive === DEFAULT_ARCHIVE ? home : archive).keys.get(credential.id);
      return key?.revokedAt === undefined ? key?.roles : undefined;
    }
    case 'session': {
      const session = await home.sessions.find(credential.id);
      // A session that has run out is forgotten some time later.
      return session?.roles ?? (now < credential.endsAt ? undefined : credential.roles);
    }
    case 'roles':
      return credential.roles;
  }
}
