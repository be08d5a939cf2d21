import type { Grant } from '../../access/grant';
import { type Identity, identityWithRoles } from '../../access/identity';
import type { Sharer } from '../../archive/access/sharers';
import type { Share } from '../../archive/access/shares';
import type { Archive } from '../../archive/ports';
import type { Viewpoint } from '../../archive/visibility';
import type { AppContext } from '../../dicomweb/context';
import { HttpProblem } from '../../http/problem';
import { identitiesOfKeys, identityOfKey, keyIDOf } from '../key/identify-by-key';

/*
 * A share ends with the access of its maker: the links of a stolen key must end with the key, and the link of a person
 * ends when that person may not share the study any more. A key that is renewed stays the same key. The roles of a
 * person are those of its last request. They count for UNSEEN_MS, because a person who has left the hospital does not
 * sign in again.
 */

/** Milliseconds for which the last roles of a person count. */
export const UNSEEN_MS = 90 * 24 * 60 * 60 * 1000;

const ENDED = 'The share has ended with the access of its maker.';

/**
 * Why a share has ended with its maker; undefined when it has not. Takes one look-up of the maker, and one of the study if
 * the maker sees only a part of the archive.
 */
export async function endOfSharer(c: AppContext, share: Share, now: number): Promise<string | undefined> {
  const { createdBy } = share;
  const key = keyIDOf(createdBy);
  const identity =
    key === undefined
      ? identityOfPerson(c, createdBy, (await c.get('home').archive.sharers.find([createdBy])).get(createdBy), now)
      : await identityOfKey(c, key, now);
  return identity === 'unknown' || (await mayShare(c, identity, share, now)) ? undefined : ENDED;
}

/**
 * Why the shares of a list have ended with their makers, like `endOfSharer`.
 * @returns a function that gives the reason; undefined for a share that has not ended, or whose maker has a key that is not listed
 */
export async function endsOfSharers(
  c: AppContext,
  shares: readonly Share[],
  now: number,
): Promise<(share: Share) => Promise<string | undefined>> {
  const makers = [...new Set(shares.map(({ createdBy }) => createdBy))];
  const people = makers.filter((maker) => keyIDOf(maker) === undefined);
  const [keys, known] = await Promise.all([
    people.length === makers.length ? undefined : identitiesOfKeys(c, now),
    people.length === 0 ? undefined : c.get('home').archive.sharers.find(people),
  ]);
  return async (share) => {
    const { createdBy } = share;
    const key = keyIDOf(createdBy);
    if (key !== undefined && !keys?.has(key)) return undefined;
    const identity = key === undefined ? identityOfPerson(c, createdBy, known?.get(createdBy), now) : keys?.get(key);
    return identity === 'unknown' || (await mayShare(c, identity, share, now)) ? undefined : ENDED;
  };
}

/** @returns 'unknown' for the makers of shares of earlier releases; undefined for a person who has not been seen for long */
function identityOfPerson(
  c: AppContext,
  id: string,
  sharer: Sharer | undefined,
  now: number,
): Identity | 'unknown' | undefined {
  if (sharer === undefined) return 'unknown';
  if (sharer.seenAt + UNSEEN_MS <= now) return undefined;
  return identityWithRoles({ kind: 'person', id }, sharer.roles, c.get('home').config.roles);
}

async function mayShare(
  c: AppContext,
  identity: Identity | undefined,
  { scope }: Share,
  now: number,
): Promise<boolean> {
  const viewpoints = identity && viewpointsToShare(identity.grantIn(c.get('archiveName') ?? '', now));
  if (viewpoints === undefined) return false;
  if (viewpoints.every(({ visibility }) => visibility === 'everything')) return true;
  const { index } = seenFromAll(c.get('wholeArchive'), viewpoints);
  return (await index.labels(scope.studyInstanceUID)) !== undefined;
}

/**
 * The archive as the maker of a share sees it. A link shows images, so its maker has to be allowed to see them itself, by
 * whichever role: otherwise a principal could open its own link to a study that is hidden from it.
 * @throws HttpProblem 403
 */
export function archiveToShare(c: AppContext, now: number): Archive {
  const viewpoints = viewpointsToShare(c.get('identity')!.grantIn(c.get('archiveName') ?? '', now));
  if (viewpoints === undefined) throw new HttpProblem('forbidden', 'Sharing also needs the permission "retrieve".');
  return seenFromAll(c.get('wholeArchive'), viewpoints);
}

/** A study can be shared when it is seen from each of these; undefined: none can. */
function viewpointsToShare(grant: Grant): readonly Viewpoint[] | undefined {
  const [share, retrieve] = [grant.viewpoint('share'), grant.viewpoint('retrieve')];
  return share && retrieve && [share, retrieve];
}

function seenFromAll(archive: Archive, viewpoints: readonly Viewpoint[]): Archive {
  return viewpoints.reduce((seen, viewpoint) => seen.confinedTo(viewpoint), archive);
}

/** Milliseconds between two notes of the same roles. */
const NOTE_MS = 60 * 60 * 1000;
const MOST_NOTED = 2000;

/** The roles of people that an isolate has noted in a deployment's own archive, and when. */
const ofArchives = new WeakMap<Archive, Map<string, { readonly roles: string; readonly at: number }>>();

/** Notes the roles of a person who sends a request, after the answer, if the person has made shares. */
export function seeSharer(c: AppContext, identity: Identity, now: number): void {
  const roles = rolesOf(identity);
  if (roles === undefined) return;
  const { archive } = c.get('home');
  const noted = ofArchives.get(archive) ?? new Map();
  ofArchives.set(archive, noted);
  const { id } = identity.principal;
  const text = roles.join('\n');
  const before = noted.get(id);
  if (before !== undefined && before.roles === text && now < before.at + NOTE_MS) return;
  noted.delete(id);
  noted.set(id, { roles: text, at: now });
  if (noted.size > MOST_NOTED) noted.delete(noted.keys().next().value!);
  const seeing = archive.sharers.see(id, { roles, seenAt: now });
  c.executionCtx.waitUntil(seeing.catch(() => noted.delete(id)));
}

/** Notes a person who makes a share. */
export async function noteSharer(c: AppContext, now: number): Promise<void> {
  const identity = c.get('identity')!;
  const roles = rolesOf(identity);
  if (roles !== undefined) await c.get('home').archive.sharers.note(identity.principal.id, { roles, seenAt: now });
}

/** @returns undefined for a principal that has no roles of a provider */
function rolesOf({ credential, principal }: Identity): readonly string[] | undefined {
  if (principal.kind === 'anonymous') return undefined;
  return credential?.kind === 'session' || credential?.kind === 'roles' ? credential.roles : undefined;
}
