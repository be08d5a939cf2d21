import type { Grant } from '../access/grant';
import type { Identity } from '../access/identity';
import type { Permission } from '../access/permission';
import { DEFAULT_ARCHIVE } from '../access/role';
import type { Archive } from '../archive/ports';
import { WHOLE } from '../archive/visibility';
import type { AppContext } from '../dicomweb/context';
import { isSafeMethod } from '../http/safe-methods';
import { cookieOf, setCookie } from './session/cookies';

/*
 * Which copy of the index answers a request. A client must see what it wrote, in whatever isolate it asks next. The
 * answer to a change carries a bookmark, in a header and in a cookie. A read that brings a bookmark is answered by the
 * nearest copy if this isolate has seen that state already, and by the primary otherwise: so an invented bookmark makes
 * only the requests of its own client slower. Copies are never more than BEHIND_MS behind (storage/statements/d1-client.ts), so a
 * bookmark need not be kept longer.
 *
 * Bookmarks count the transactions of a database. A principal that sees only a part of the archive gets no bookmark.
 * From two bookmarks it could count the transactions of its own request, and their number depends on whether a study
 * that it cannot see exists. If it may change something, its reads go to the primary.
 */

/** The bookmark of the index in requests and responses. */
const BOOKMARK_HEADER = 'Archive-Bookmark';

/** Milliseconds for which a browser keeps the bookmark: longer than a copy can be behind. */
const BOOKMARK_MS = 60_000;

const READS: ReadonlySet<Permission> = new Set(['search', 'retrieve']);

/** Permissions of principals whose requests may have changed what they read next. */
const CHANGES: readonly Permission[] = ['store', 'delete', 'restore', 'administer'];

/** The archive from which a request is answered, as it was opened. */
export function archiveToRead(c: AppContext, permission: Permission, identity: Identity, grant: Grant): Archive {
  const archive = c.get('wholeArchive');
  const { nearest, copies } = archive;
  if (nearest === undefined || copies === undefined) return archive;
  if (!isSafeMethod(c.req.method) || !READS.has(permission)) return archive;
  const bookmarks = bookmarksOf(c);
  if (bookmarks.length > 0) return bookmarks.every((each) => copies.covers(each)) ? nearest : archive;
  const changes = CHANGES.map((each) => grant.viewpoint(each)).filter((viewpoint) => viewpoint !== undefined);
  // A browser that has changed something within the last minute would have sent the cookie.
  const hasCookies = identity.credential?.kind === 'session' && changes.every((viewpoint) => viewpoint === WHOLE);
  return changes.length === 0 || hasCookies ? nearest : archive;
}

/** A client that has a cookie too keeps the header for itself, and the browser the cookie for all its pages. */
function bookmarksOf(c: AppContext): string[] {
  const bookmarks = [c.req.header(BOOKMARK_HEADER), cookieOf(c.req.header('Cookie'), cookieName(c))];
  return bookmarks.filter((each) => each !== undefined);
}

/** Gives the client the bookmark of what it has changed. */
export function giveBookmark(c: AppContext): void {
  const bookmark = c.get('wholeArchive').copies?.bookmark;
  if (!bookmark || c.get('archive').view !== '') return;
  c.header(BOOKMARK_HEADER, bookmark);
  c.header('Set-Cookie', setCookie(cookieName(c), bookmark, BOOKMARK_MS), { append: true });
}

function cookieName(c: AppContext): string {
  const name = c.get('archiveName') ?? DEFAULT_ARCHIVE;
  return name === DEFAULT_ARCHIVE ? '__Host-bookmark' : `__Host-bookmark-${name}`;
}
