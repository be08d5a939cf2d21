import type { Identity } from '../access/identity';
import { DEFAULT_ARCHIVE } from '../access/role';
import type { Archive } from '../archive/ports';
import { SharedLookUps } from '../archive/retrieve/shared-look-ups';
import type { AppContext } from '../dicomweb/context';
import { endOf } from './share/share-identity';
import { endOfSharer } from './share/sharer';

/** Credentials that an isolate remembers for an archive. */
const MOST = 1000;

interface Look {
  readonly at: number;
  readonly isEnded: boolean;
}

/** The credentials of one archive that an isolate has looked up. */
interface Looks {
  readonly last: Map<string, Look>;
  readonly underWay: SharedLookUps<boolean>;
}

const ofArchives = new WeakMap<Archive, Looks>();

/**
 * Whether the credential of a request that is still under way has been ended: a key or a share was revoked, a session
 * was signed out, a share has expired. A credential that has only run out was valid when the request came. The requests
 * of one credential share a look-up.
 * @returns undefined for a credential that cannot be ended, such as a token
 */
export function endedCredential(
  c: AppContext,
  identity: Identity,
): ((maxAgeMs: number) => Promise<boolean>) | undefined {
  const look = lookOf(c, identity);
  if (look === undefined) return undefined;
  const { last, underWay } = looksOf(c.get('wholeArchive'));
  const { id } = identity.principal;
  const name = `${id} ${identity.credential?.kind === 'session' ? identity.credential.id : ''}`;
  return async (maxAgeMs) => {
    const known = last.get(name);
    if (known !== undefined && (known.isEnded || Date.now() - known.at < maxAgeMs)) return known.isEnded;
    try {
      return await underWay.share(name, async () => {
        const at = Date.now();
        const isEnded = await look(at);
        last.delete(name);
        last.set(name, { at, isEnded });
        if (last.size > MOST) last.delete(last.keys().next().value!);
        return isEnded;
      });
    } catch {
      // The index does not answer. Until it does, the request continues.
      return false;
    }
  };
}

function looksOf(archive: Archive): Looks {
  const known = ofArchives.get(archive) ?? { last: new Map(), underWay: new SharedLookUps() };
  ofArchives.set(archive, known);
  return known;
}

function lookOf(c: AppContext, { share, credential }: Identity): ((now: number) => Promise<boolean>) | undefined {
  const archive = c.get('wholeArchive');
  const home = c.get('home').archive;
  if (share !== undefined) {
    return async (now) => {
      const there = await archive.shares.get(share.id);
      return there === undefined || endOf(there, now) !== undefined || (await endOfSharer(c, there, now)) !== undefined;
    };
  }
  if (credential?.kind === 'key') {
    const { keys } = credential.archive === DEFAULT_ARCHIVE ? home : archive;
    return async () => (await keys.get(credential.id))?.revokedAt !== undefined;
  }
  if (credential?.kind === 'session') {
    const { sessions } = home;
    // A session that has run out is forgotten some time later.
    return async (now) => now < credential.endsAt && (await sessions.find(credential.id)) === undefined;
  }
  return undefined;
}
