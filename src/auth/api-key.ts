import { NOTHING } from '../access/grant';
import { type Identity, identityWithRoles } from '../access/identity';
import { digestOfKey, isKeyText, looksLikeKey } from '../access/key-text';
import { DEFAULT_ARCHIVE } from '../access/role';
import { type FoundKey, USE_INTERVAL_MS } from '../archive/access/api-keys';
import type { AppContext } from '../dicomweb/context';
import { type Identify, unauthorized } from './credential';
import { refuseGuesses } from './failed-attempts';
import { knownKeysOf } from './known-keys';

/** Characters of a header with a key. A key has 53; the rest is for a user name. */
const LONGEST_HEADER = 1024;

/**
 * API keys: as a Bearer token (RFC 6750 2.1), or as the password of Basic with any user name (RFC 7617 2), for software that
 * knows nothing else. A key counts in the archive that holds it, and nowhere else.
 */
export const identifyByKey: Identify = async (c) => {
  const key = presentedKey(c.req.header('Authorization'));
  if (key === undefined) return undefined;
  const known = knownKeysOf(c.get('wholeArchive'));
  const now = Date.now();
  const identity = known.identity(key, now);
  if (identity !== undefined) return identity;
  const refusal = known.refusal(key, now) ?? (isKeyText(key) ? undefined : 'The API key is mistyped.');
  if (refusal !== undefined) throw unauthorized(c, refusal, 'invalid_token');
  refuseGuesses(c);
  return await lookUp(c, key, now);
};

async function lookUp(c: AppContext, key: string, now: number): Promise<Identity> {
  const archive = c.get('wholeArchive');
  const known = knownKeysOf(archive);
  const found = await archive.keys.find(await digestOfKey(key));
  const refusal = refusalOf(found, now);
  if (found === undefined || refusal !== undefined) {
    const detail = refusal ?? 'The API key is not known in this archive.';
    known.rememberRefusal(key, detail, now);
    throw unauthorized(c, detail, 'invalid_token');
  }
  const identity = identityOf(c, found);
  known.remember(key, identity, Math.min(found.expiresAt, found.secretEndsAt ?? Number.POSITIVE_INFINITY), now);
  if (found.lastUsedAt === undefined || found.lastUsedAt <= now - USE_INTERVAL_MS) {
    // The request does not depend on it.
    c.executionCtx.waitUntil(archive.keys.noteUse(found.id, now).catch(() => undefined));
  }
  return identity;
}

/** The client has the secret, so it may know why the key is not valid any more. */
function refusalOf(found: FoundKey | undefined, now: number): string | undefined {
  if (found?.revokedAt !== undefined) return 'The API key is revoked.';
  if (found !== undefined && found.expiresAt <= now) return 'The API key has expired.';
  if (found?.secretEndsAt !== undefined && found.secretEndsAt <= now)
    return 'The API key was renewed: use the new one.';
  return undefined;
}

function identityOf(c: AppContext, { id, name, roles }: FoundKey): Identity {
  // In a URL that names no archive of the deployment, keys are looked up in its own.
  const here = c.get('archiveName') ?? DEFAULT_ARCHIVE;
  const { principal, grantIn } = identityWithRoles(
    { kind: 'key', id: `key:${id}`, name },
    roles,
    c.get('config').roles,
  );
  return { principal, grantIn: (archive, now) => (archive === here ? grantIn(archive, now) : NOTHING) };
}

/** @returns undefined when the header carries no API key, but nothing or another credential */
function presentedKey(header: string | undefined): string | undefined {
  // What is longer is no key. It is also not kept: a part of a text keeps the whole text in memory.
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
