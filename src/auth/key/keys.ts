import { digestOfKey, newKeyID, newKeyText } from '../../access/key-text';
import { DEFAULT_ARCHIVE } from '../../access/role';
import type { ApiKey } from '../../archive/access/api-keys';
import { keepAccess } from '../../archive/access/keep-access';
import type { AppContext } from '../../dicomweb/context';
import { HttpProblem } from '../../http/problem';
import { jsonBody } from '../json-body';
import { keepAccessLater } from '../keep-access';
import { knownSharesOf } from '../share/identify-by-share';
import { expiryOf, labelsOf, nameOf, overlapOf, reachOf, rolesOf, storeQuotaOf } from './key-members';
import { knownKeysOf } from './known-keys';

/*
 * API keys over HTTP, for administrators: list, create, renew and revoke. An administrator may give a key any role of the
 * setting ROLES, also one with permissions that the administrator does not have: the setting alone limits the roles. A key
 * of the deployment's own archive counts in each archive that its roles name, so its administrator must administer each of
 * these archives.
 */

/** GET /keys: the newest first, without their secrets. */
export async function listKeys(c: AppContext): Promise<Response> {
  const keys = await c.get('wholeArchive').keys.list();
  return answer(200, { keys: keys.map(shown) });
}

/** GET /keys/{id} */
export async function showKey(c: AppContext): Promise<Response> {
  return answer(200, shown(found(await c.get('wholeArchive').keys.get(idOf(c)))));
}

/**
 * POST /keys: creates a key.
 * @returns 201 with the text of the key, which is not shown again
 */
export async function createKey(c: AppContext): Promise<Response> {
  const body = await jsonBody(c, ['name', 'roles', 'expires', 'labels', 'quota']);
  const now = Date.now();
  const key: ApiKey = {
    id: newKeyID(),
    name: nameOf(body.name),
    roles: rolesOf(body.roles, c.get('config').roles, reach(c), (archive) => administers(c, archive, now)),
    createdAt: now,
    createdBy: c.get('identity')!.principal.id,
    expiresAt: expiryOf(body.expires, now),
    ...termsOf(body),
  };
  const text = newKeyText();
  c.set('recorded', { subject: changed(c, key) });
  await c.get('wholeArchive').keys.create(key, await digestOfKey(text));
  keepAccessLater(c);
  return answer(
    201,
    { ...shown(key), key: text },
    { Location: `${new URL(c.req.url).pathname.replace(/\/$/, '')}/${key.id}` },
  );
}

/** PATCH /keys/{id}: replaces the labels or the quota of a key; `"quota": null` ends it. */
export async function changeKey(c: AppContext): Promise<Response> {
  const body = await jsonBody(c, ['labels', 'quota']);
  if (body.labels === undefined && body.quota === undefined) {
    throw new HttpProblem('bad-request', 'The body must have labels or quota.');
  }
  await refuseForeignKey(c, Date.now());
  const change = {
    ...termsOf({ ...body, quota: body.quota ?? undefined }),
    ...(body.quota === null && { quota: null }),
  };
  const key = found(await c.get('wholeArchive').keys.change(idOf(c), change));
  knownKeysOf(c.get('wholeArchive')).forget();
  keepAccessLater(c);
  c.set('recorded', { subject: changed(c, key) });
  return answer(200, shown(key));
}

/** @throws HttpProblem 400 */
function termsOf(body: { readonly labels?: unknown; readonly quota?: unknown }): Pick<ApiKey, 'labels' | 'quota'> {
  const labels = labelsOf(body.labels);
  const quota = storeQuotaOf(body.quota);
  return { ...(labels && { labels }), ...(quota && { quota }) };
}

/**
 * POST /keys/{id}/renew: gives a key a new secret. The old one ends at once, or after the member `overlapHours`. The key
 * expires when the member `expires` says; absent: a year from now.
 */
export async function renewKey(c: AppContext): Promise<Response> {
  const body = await jsonBody(c, ['expires', 'overlapHours']);
  const now = Date.now();
  await refuseForeignKey(c, now);
  const text = newKeyText();
  const renewal = {
    digest: await digestOfKey(text),
    oldEndsAt: now + overlapOf(body.overlapHours),
    expiresAt: expiryOf(body.expires, now),
  };
  const key = found(await c.get('wholeArchive').keys.renew(idOf(c), renewal));
  if (key.revokedAt !== undefined) {
    throw new HttpProblem('conflict', 'The key is revoked, so it cannot be renewed. Create another one.');
  }
  knownKeysOf(c.get('wholeArchive')).forget();
  keepAccessLater(c);
  c.set('recorded', { subject: changed(c, key) });
  return answer(200, { ...shown(key), key: text });
}

/**
 * Refuses a change of a key's secret, labels or quota by a principal that does not administer all archives in which the
 * key is valid.
 * @throws HttpProblem 403
 */
async function refuseForeignKey(c: AppContext, now: number): Promise<void> {
  const { roles } = found(await c.get('wholeArchive').keys.get(idOf(c)));
  const archives = roles.flatMap((role) => reachOf(c.get('config').roles.get(role), reach(c)));
  if (archives.every((archive) => administers(c, archive, now))) return;
  throw new HttpProblem('forbidden', 'The key is valid in an archive that you do not administer.');
}

/** The subject of a change in the record: what was done, to which key, with which roles, labels and quota. */
function changed(c: AppContext, { id, roles, labels = [], quota = {} }: ApiKey): string {
  const limits = Object.entries(quota).map(([what, limit]) => `, ${limit} ${what}`);
  const ofLabels = labels.length === 0 ? '' : `, labels ${labels.join(' ')}`;
  return `${c.get('transaction')} ${id} (${roles.join(', ')}${limits.join('')}${ofLabels})`;
}

/** The archives in which a key of this archive can count. */
function reach(c: AppContext): readonly string[] {
  const here = c.get('archiveName')!;
  return here === DEFAULT_ARCHIVE ? c.get('archiveNames') : [here];
}

function administers(c: AppContext, archive: string, now: number): boolean {
  return c.get('identity')!.grantIn(archive, now).viewpoint('administer') !== undefined;
}

/**
 * DELETE /keys/{id}: revokes a key. It may be repeated, also when the bucket did not take the revocation. Other isolates know of it
 * within KNOWN_MS.
 */
export async function revokeKey(c: AppContext): Promise<Response> {
  c.set('recorded', { subject: changed(c, found(await c.get('wholeArchive').keys.revoke(idOf(c), Date.now()))) });
  knownKeysOf(c.get('wholeArchive')).forget();
  // Its shares end with it.
  knownSharesOf(c.get('wholeArchive')).forget();
  await keepAccess(c.get('wholeArchive'), Date.now());
  return new Response(null, { status: 204, headers: { 'Cache-Control': 'no-store' } });
}

function idOf(c: AppContext): string {
  return c.req.param('key') ?? '';
}

/** @throws HttpProblem 404 */
function found(key: ApiKey | undefined): ApiKey {
  if (key === undefined) throw new HttpProblem('not-found', 'There is no such key.');
  return key;
}

function answer(status: number, body: object, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...headers, 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
  });
}

/** A key as answers show it. Times are ISO 8601. */
function shown({ id, name, roles, labels, quota, createdAt, createdBy, expiresAt, lastUsedAt, revokedAt }: ApiKey) {
  return {
    id,
    name,
    roles,
    ...(labels !== undefined && { labels }),
    ...(quota !== undefined && { quota }),
    created: iso(createdAt),
    createdBy,
    expires: iso(expiresAt),
    ...(lastUsedAt !== undefined && { lastUsed: iso(lastUsedAt) }),
    ...(revokedAt !== undefined && { revoked: iso(revokedAt) }),
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
