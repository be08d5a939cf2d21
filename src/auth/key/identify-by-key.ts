import { NOTHING } from '../../access/grant';
import { type Identity, identityWithRoles } from '../../access/identity';
import { digestOfKey, isKeyText, looksLikeKey } from '../../access/key-text';
import { DEFAULT_ARCHIVE } from '../../access/role';
import { type ApiKey, type FoundKey, USE_INTERVAL_MS } from '../../archive/access/api-keys';
import type { Archive } from '../../archive/ports';
import type { AppContext } from '../../dicomweb/context';
import { type Identify, unauthorized } from '../credential';
import { refuseGuesses } from '../failed-attempts';
import { DIGITS, KnownDigests } from '../known-digests';
import { knownKeysOf } from './known-keys';

/** Characters of a header with a key. A key has 53; the rest is for a user name. */
const LONGEST_HEADER = 1024;

/**
 * API keys: as a Bearer token (RFC 6750 2.1), or as the password of Basic with any user name (RFC 7617 2), for software that
 * supports only Basic. A key of the deployment's own archive counts in each archive that its roles name; a key of another
 * archive counts there, and nowhere else. The answer to an unknown key does not tell whether the named archive exists.
 */
export const identifyByKey: Identify = async (c) => {
  const key = presentedKey(c.req.header('Authorization'));
  if (key === undefined) return undefined;
  const archive = c.get('wholeArchive');
  const known = knownKeysOf(archive);
  const own = c.get('home').archive;
  const now = Date.now();
  const identity = known.identity(key, now) ?? (own === archive ? undefined : knownKeysOf(own).identity(key, now));
  if (identity !== undefined) return identity;
  const refusal = known.refusal(key, now)?.reason ?? (isKeyText(key) ? undefined : 'The API key is mistyped.');
  if (refusal !== undefined) throw unauthorized(c, refusal, 'invalid_token');
  const digest = await digestOfKey(key);
  await refuseGuesses(c, async () => {
    const may = await Promise.all([...new Set([archive, own])].map((each) => DIGESTS.mayHave(each, digest)));
    return may.includes(true);
  });
  return await lookUp(c, key, digest, now);
};

const DIGESTS = new KnownDigests(({ keys }, limit) => keys.digests(DIGITS, limit));

async function lookUp(c: AppContext, key: string, digest: string, now: number): Promise<Identity> {
  const { archive, found } = await findKey(c, digest);
  const refusal = refusalOf(found, now);
  if (found === undefined || refusal !== undefined) {
    const detail = refusal ?? 'The API key is not known in this archive.';
    // A key that has expired can be renewed, so that it counts again for some hours; all others never do.
    const forGood = found === undefined || found.revokedAt !== undefined;
    knownKeysOf(c.get('wholeArchive')).rememberRefusal(key, { reason: detail }, now, forGood);
    throw unauthorized(c, detail, 'invalid_token');
  }
  const identity = identityOf(c, found, archive === c.get('home').archive ? undefined : c.get('archiveName'));
  knownKeysOf(archive).remember(
    key,
    identity,
    Math.min(found.expiresAt, found.secretEndsAt ?? Number.POSITIVE_INFINITY),
    now,
  );
  if (found.lastUsedAt === undefined || found.lastUsedAt <= now - USE_INTERVAL_MS) {
    // The answer does not depend on this note.
    c.executionCtx.waitUntil(archive.keys.noteUse(found.id, now).catch(() => undefined));
  }
  return identity;
}

/** Looks a key up in the archive that the URL names and, at the same time, in the deployment's own. */
async function findKey(c: AppContext, digest: string): Promise<{ archive: Archive; found: FoundKey | undefined }> {
  const [archive, own] = [c.get('wholeArchive'), c.get('home').archive];
  if (archive === own) return { archive, found: await archive.keys.find(digest) };
  const inOwn = own.keys.find(digest);
  // A key of the named archive counts while the other database does not answer.
  inOwn.catch(() => undefined);
  const found = await archive.keys.find(digest);
  return found === undefined ? { archive: own, found: await inOwn } : { archive, found };
}

/**
 * The identity of a key by its id, from the archive that the URL names or from the deployment's own.
 * @returns undefined when the key is revoked, has expired, or is not there
 */
export async function identityOfKey(c: AppContext, id: string, now: number): Promise<Identity | undefined> {
  const [archive, own] = [c.get('wholeArchive'), c.get('home').archive];
  const inOwn = archive === own ? undefined : own.keys.get(id);
  inOwn?.catch(() => undefined);
  const key = await archive.keys.get(id);
  if (key !== undefined) return currentIdentity(c, key, archive, now);
  const ownKey = await inOwn;
  return ownKey && currentIdentity(c, ownKey, own, now);
}

/**
 * The identities of the newest keys of the archive that the URL names and of the deployment's own, by id; undefined for
 * keys that do not count.
 */
export async function identitiesOfKeys(c: AppContext, now: number): Promise<ReadonlyMap<string, Identity | undefined>> {
  const archives = new Set([c.get('wholeArchive'), c.get('home').archive]);
  const listed = await Promise.all([...archives].map(async (each) => [each, await each.keys.list()] as const));
  return new Map(
    listed.flatMap(([each, keys]) => keys.map((key) => [key.id, currentIdentity(c, key, each, now)] as const)),
  );
}

function currentIdentity(c: AppContext, key: ApiKey, archive: Archive, now: number): Identity | undefined {
  if (refusalOf(key, now) !== undefined) return undefined;
  return identityOf(c, key, archive === c.get('home').archive ? undefined : c.get('archiveName'));
}

/** The prefix of the Principal.id of each key. */
const KEY_PRINCIPAL = 'key:';

/** @returns the id of the key behind a principal; undefined when the principal is not a key */
export function keyIDOf(principal: string): string | undefined {
  return principal.startsWith(KEY_PRINCIPAL) ? principal.slice(KEY_PRINCIPAL.length) : undefined;
}

/** A client that has the secret may learn why the key is no longer valid. */
function refusalOf(found: FoundKey | undefined, now: number): string | undefined {
  if (found?.revokedAt !== undefined) return 'The API key is revoked.';
  if (found !== undefined && found.expiresAt <= now) return 'The API key has expired.';
  if (found?.secretEndsAt !== undefined && found.secretEndsAt <= now)
    return 'The API key was renewed: use the new one.';
  return undefined;
}

/** @param only the archive in which the key counts; undefined: in each that its roles name */
function identityOf(c: AppContext, key: ApiKey, only: string | undefined): Identity {
  const { id, name, roles } = key;
  const principal = { kind: 'key', id: `${KEY_PRINCIPAL}${id}`, name } as const;
  const credential = { kind: 'key', id, archive: only ?? DEFAULT_ARCHIVE } as const;
  const identity = identityWithRoles(principal, roles, c.get('config').roles, credential, key);
  if (only === undefined) return identity;
  const { grantIn } = identity;
  return { principal, credential, grantIn: (archive, now) => (archive === only ? grantIn(archive, now) : NOTHING) };
}

/** @returns undefined when the header carries no API key, but nothing or another credential */
function presentedKey(header: string | undefined): string | undefined {
  // A longer text is no key. A part of it is not kept either, because that would keep the whole text in memory.
  if (header === undefined || header.length > LONGEST_HEADER) return undefined;
  const [, scheme = '', credentials = ''] = /^(bearer|basic) +(.*)$/i.exec(header) ?? [];
  const key = scheme.toLowerCase() === 'basic' ? passwordOf(credentials) : credentials;
  return looksLikeKey(key) ? key : undefined;
}

/** RFC 7617 2: the password comes after the first colon, and may contain others. */
function passwordOf(credentials: string): string {
  try {
    const text = atob(credentials);
    return text.slice(text.indexOf(':') + 1);
  } catch {
    return '';
  }
}
