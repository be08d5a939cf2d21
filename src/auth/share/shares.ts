import { digestOfKey, isKeyText, newKeyID, newKeyText, SHARE_PREFIX } from '../../access/key-text';
import { DEFAULT_ARCHIVE } from '../../access/role';
import { keepAccess } from '../../archive/access/keep-access';
import type { Share } from '../../archive/access/shares';
import { deidentificationOf } from '../../archive/deidentify/deidentified-view';
import { withheldInstances } from '../../archive/deidentify/withheld-instances';
import type { Archive } from '../../archive/ports';
import type { AppContext } from '../../dicomweb/context';
import { absent, scopeOf } from '../../dicomweb/resource/scope';
import { HttpProblem } from '../../http/problem';
import { isBrowser } from '../credential';
import { failedAttempt, refuseGuesses } from '../failed-attempts';
import { jsonBody } from '../json-body';
import { keepAccessLater } from '../keep-access';
import { knownSharesOf, mayBeShare } from './identify-by-share';
import { isPassphrase, passphraseRecord } from './passphrase';
import { setShareCookie } from './share-cookie';
import { endOf, viewOf } from './share-identity';
import { deidentifyOf, downloadOf, expiryOf, noteOf, passphraseOf, usesOf } from './share-members';
import { newTicket, TICKET_MS } from './share-ticket';
import { archiveToShare, endOfSharer, endsOfSharers, noteSharer } from './sharer';

/** The most revoked shares that one request copies. The hourly run copies the others. */
const REVOKED_RUNS = 3;

const NO_STORE = { 'Cache-Control': 'no-store' };

/**
 * POST {study or series}/shares: creates a link that shows the study or the series to people without an account.
 * @returns 201 with the link, which is not shown again
 * @throws HttpProblem 403 when the principal may not see images; 404 when it cannot see those of the study
 */
export async function createShare(c: AppContext): Promise<Response> {
  const archive = archiveToShare(c, Date.now());
  const body = await jsonBody(c, ['expires', 'uses', 'permission', 'note', 'passphrase', 'deidentify']);
  const scope = scopeOf(c);
  const [any] = await archive.index.instances(scope, 0, 1);
  if (any === undefined) throw await absent(c, scope, archive);
  const deidentify = deidentifyOf(body.deidentify);
  if (deidentify !== undefined && !deidentify.allowIdentifyingPixels) await refuseIdentifyingPixels(c, archive);
  const now = Date.now();
  const passphrase = passphraseOf(body.passphrase);
  const share: Share = {
    id: newKeyID(),
    scope,
    download: downloadOf(body.permission),
    note: noteOf(body.note),
    createdAt: now,
    createdBy: c.get('identity')!.principal.id,
    expiresAt: expiryOf(body.expires, now),
    mostUses: usesOf(body.uses),
    uses: 0,
    passphrase: passphrase === undefined ? undefined : await passphraseRecord(passphrase),
    deidentification: deidentify === undefined ? undefined : JSON.stringify(deidentify),
  };
  await noteSharer(c, now);
  const token = newKeyText(SHARE_PREFIX);
  await archive.shares.create(share, await digestOfKey(token));
  for (const copied of new Set([c.get('wholeArchive'), c.get('home').archive])) keepAccessLater(c, copied);
  c.set('recorded', { subject: share.id });
  const link = `${linkPage(c)}#${token}`;
  const headers = {
    ...NO_STORE,
    Location: `${new URL(c.get('rootURI')).pathname.replace(/\/$/, '')}/shares/${share.id}`,
  };
  return Response.json({ ...shown(c, share), token, link }, { status: 201, headers });
}

/**
 * Pixels and documents may name the patient whatever the attributes say. So the sharer has to check them and confirm it.
 * @throws HttpProblem 409
 */
async function refuseIdentifyingPixels(c: AppContext, archive: Archive): Promise<void> {
  const withheld = await withheldInstances(archive, scopeOf(c), c.get('config').limits.instancesPerRetrieve);
  if (withheld === undefined) throw new HttpProblem('too-large', 'The study has too many instances to check.');
  if (withheld.size === 0) return;
  const reasons = [...withheld].map(([reason, count]) => `${count} because ${reason}`).join('; ');
  throw new HttpProblem(
    'conflict',
    `Some instances may show who the patient is: ${reasons}. Look at them first. To share them as they are, set deidentify.allowIdentifyingPixels. Otherwise they are withheld.`,
  );
}

/** The page that opens links. A browser does not send the part after # to a server. */
function linkPage(c: AppContext): string {
  const root = c.get('rootURI');
  const name = c.get('archiveName');
  if (name === DEFAULT_ARCHIVE) return `${root}/shared`;
  return `${root.slice(0, -`/archives/${name}`.length)}/shared?archive=${name}`;
}

/** GET /shares: the newest first, without their secrets; those of studies that the principal sees, and its own. */
export async function listShares(c: AppContext): Promise<Response> {
  const maker = c.req.query('createdBy');
  const listed = await c.get('archive').shares.list();
  const shares = listed.filter(({ createdBy }) => maker === undefined || createdBy === maker);
  const endedOf = await endsOfSharers(c, shares, Date.now());
  const all = await Promise.all(shares.map(async (share) => shown(c, share, await endedOf(share))));
  return Response.json({ shares: all }, { headers: NO_STORE });
}

/** GET /shares/{id} */
export async function showShare(c: AppContext): Promise<Response> {
  const share = found(await c.get('archive').shares.get(idOf(c)));
  return Response.json(shown(c, share, await endOfSharer(c, share, Date.now())), { headers: NO_STORE });
}

/** DELETE /shares/{id}: revokes a share. It may be repeated. Other isolates know of it within 30 s. */
export async function revokeShare(c: AppContext): Promise<Response> {
  const share = found(await c.get('archive').shares.revoke(idOf(c), Date.now()));
  knownSharesOf(c.get('wholeArchive')).forget();
  c.set('recorded', { subject: share.id });
  await keepAccess(c.get('wholeArchive'), Date.now());
  return new Response(null, { status: 204, headers: NO_STORE });
}

/**
 * DELETE /shares?createdBy=...: an administrator revokes all shares that a principal has made in the archive. It may be repeated.
 * @throws HttpProblem 400
 */
export async function revokeSharesOf(c: AppContext): Promise<Response> {
  const maker = c.req.query('createdBy');
  if (!maker)
    throw new HttpProblem('bad-request', 'createdBy must be the id of the principal whose shares are revoked.');
  const revoked = await c.get('wholeArchive').shares.revokeAll(maker, Date.now());
  knownSharesOf(c.get('wholeArchive')).forget();
  c.set('recorded', {
    subject: `${revoked.length} ${revoked.length === 1 ? 'share' : 'shares'} of ${maker}`.slice(0, 200),
  });
  for (let runs = 0; runs < REVOKED_RUNS && (await keepAccess(c.get('wholeArchive'), Date.now())); runs += 1);
  return Response.json({ revoked }, { headers: NO_STORE });
}

/**
 * POST /shares/open: exchanges the secret of a link for a ticket. A browser gets it in a cookie that is sent to the share
 * alone; a script may use it as a Bearer token.
 * @throws HttpProblem 403 when the share cannot be opened, with the reason; 429 after too many attempts
 */
export async function openShare(c: AppContext): Promise<Response> {
  const body = await jsonBody(c, ['token', 'passphrase']);
  const { shares } = c.get('wholeArchive');
  const asked = String(body.token);
  await refuseGuesses(c, () => mayBeShare(c.get('wholeArchive'), asked, Date.now()));
  const token = typeof body.token === 'string' && isKeyText(body.token, SHARE_PREFIX) ? body.token : undefined;
  const known = token === undefined ? undefined : await shares.find(await digestOfKey(token));
  // An archive that does not exist has no shares. The look-up took place in the deployment's own archive.
  const share = c.get('archiveName') === undefined ? undefined : known;
  if (share === undefined) throw failedAttempt(c, refused('The link is not valid.'), asked);
  c.set('recorded', { principal: { kind: 'share', id: `share:${share.id}` }, subject: share.id });
  const now = Date.now();
  const ended = endOf(share, now) ?? (await endOfSharer(c, share, now));
  if (ended !== undefined) throw refused(ended);
  await checkPassphrase(c, share, body.passphrase, now);
  if (!(await shares.use(share.id, now))) throw refused('The link has been opened as often as it can be.');
  if (share.mostUses !== undefined) keepAccessLater(c);
  const until = Math.min(now + TICKET_MS, share.expiresAt);
  const ticket = await newTicket(c.get('wholeArchive'), share.id, until);
  const path = `${new URL(`${c.get('rootURI')}/`).pathname}shares/${share.id}`;
  return Response.json(
    {
      id: share.id,
      root: `${path}/dicomweb`,
      viewer: await viewerPath(c, share),
      // A page has the cookie, which its scripts cannot read.
      ...(isBrowser(c) ? {} : { ticket }),
      until: new Date(until).toISOString(),
    },
    { headers: { ...NO_STORE, 'Set-Cookie': setShareCookie(share.id, ticket, path, until - now) } },
  );
}

async function checkPassphrase(c: AppContext, share: Share, given: unknown, now: number): Promise<void> {
  if (share.passphrase === undefined) return;
  if (typeof given !== 'string') throw refused('This share has a pass phrase.', 'passphrase-needed');
  const { shares } = c.get('wholeArchive');
  if (!(await shares.beginAttempt(share.id))) {
    throw new HttpProblem('too-many-requests', 'Other clients are trying pass phrases of this share. Try again.', {
      'Retry-After': '5',
    });
  }
  const isRight = await isPassphrase(given, share.passphrase);
  await shares.endAttempt(share.id, isRight, now);
  if (isRight) return;
  throw failedAttempt(c, refused('The pass phrase is wrong.', 'passphrase-needed'), `${share.id} ${given}`);
}

function refused(detail: string, code: 'forbidden' | 'passphrase-needed' = 'forbidden'): HttpProblem {
  return new HttpProblem(code, detail);
}

/** The page of OHIF that shows the share. */
async function viewerPath(c: AppContext, share: Share): Promise<string> {
  const { id, scope } = share;
  const view = viewOf(share);
  const by = view && (await deidentificationOf(c.get('wholeArchive'), view));
  const study = scope.studyInstanceUID;
  const query = new URLSearchParams({ StudyInstanceUIDs: by === undefined ? study : await by.uid(study) });
  const name = c.get('archiveName');
  if (name !== undefined && name !== DEFAULT_ARCHIVE) query.set('archive', name);
  query.set('share', id);
  return `/viewer?${query}`;
}

/** A share without its secrets. @param ended why it has ended with its maker */
function shown(c: AppContext, share: Share, ended?: string) {
  const { id, scope, download, note, createdAt, createdBy, expiresAt, mostUses, uses, passphrase, revokedAt } = share;
  return {
    id,
    root: `${c.get('rootURI')}/shares/${id}/dicomweb`,
    studyInstanceUID: scope.studyInstanceUID,
    seriesInstanceUID: scope.seriesInstanceUID,
    permission: download ? 'download' : 'look',
    note,
    created: new Date(createdAt).toISOString(),
    createdBy,
    expires: new Date(expiresAt).toISOString(),
    uses: { count: uses, most: mostUses },
    passphrase: passphrase !== undefined,
    deidentify: share.deidentification === undefined ? undefined : JSON.parse(share.deidentification),
    ended,
    revoked: revokedAt === undefined ? undefined : new Date(revokedAt).toISOString(),
  };
}

function idOf(c: AppContext): string {
  return c.req.param('share') ?? '';
}

function found(share: Share | undefined): Share {
  if (share === undefined) throw new HttpProblem('not-found', 'There is no such share.');
  return share;
}
