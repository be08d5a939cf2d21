import type { Identity } from '../../access/identity';
import { digestOfKey, isKeyText, looksLikeKey, SHARE_PREFIX } from '../../access/key-text';
import type { Share } from '../../archive/access/shares';
import type { Archive } from '../../archive/ports';
import type { AppContext } from '../../dicomweb/context';
import type { HttpProblem } from '../../http/problem';
import { unauthorized } from '../credential';
import { refuseGuesses } from '../failed-attempts';
import { KnownKeys, type Refusal } from '../key/known-keys';
import { DIGITS, KnownDigests } from '../known-digests';
import { cookieOf } from '../session/cookies';
import { shareCookie } from './share-cookie';
import { endOf, shareIdentity } from './share-identity';
import { looksLikeTicket, readTicket } from './share-ticket';
import { endOfSharer } from './sharer';

const ofArchives = new WeakMap<Archive, KnownKeys>();

/** The secrets and tickets of shares that an isolate has looked up in the last seconds. */
export function knownSharesOf(archive: Archive): KnownKeys {
  const known = ofArchives.get(archive) ?? new KnownKeys();
  ofArchives.set(archive, known);
  return known;
}

/**
 * Shares: a ticket in the cookie of a browser, or as Bearer; the secret of the link as Bearer, where the link can be opened any
 * number of times and has no pass phrase. Under /shares/{id} only a credential of this share is accepted.
 */
export async function identifyByShare(c: AppContext): Promise<Identity | undefined> {
  const presented = presentedShare(c);
  if (presented === undefined) return undefined;
  const name = c.get('archiveName');
  const known = name === undefined ? nowhere : knownSharesOf(c.get('wholeArchive'));
  const now = Date.now();
  const identity = known.identity(presented, now);
  if (identity !== undefined) return ofThisShare(c, identity);
  const refusal = known.refusal(presented, now);
  if (refusal !== undefined) throw refused(c, refusal);
  await refuseGuesses(c, () => mayBeShare(c.get('wholeArchive'), presented, now));
  const lookedUp = await lookUp(c.get('wholeArchive'), presented, now);
  // An archive that does not exist has no shares. The look-up took place in the deployment's own archive.
  if (name === undefined || 'reason' in lookedUp) {
    const why = name === undefined || !('reason' in lookedUp) ? { reason: unknownShare(presented) } : lookedUp;
    known.rememberRefusal(presented, why, now);
    throw refused(c, why);
  }
  const ended = await endOfSharer(c, lookedUp.share, now);
  if (ended !== undefined) {
    const why = { reason: ended, share: lookedUp.share };
    known.rememberRefusal(presented, why, now);
    throw refused(c, why);
  }
  const looked = shareIdentity(lookedUp.share, name);
  known.remember(presented, looked, Math.min(lookedUp.until, lookedUp.share.expiresAt), now);
  return ofThisShare(c, looked);
}

/** The record names the share of a link that has ended, because the sender had its secret. */
function refused(c: AppContext, { reason, share }: Refusal): HttpProblem {
  c.set('endedShare', share);
  return unauthorized(c, reason, 'invalid_token');
}

const DIGESTS = new KnownDigests(({ shares }, limit) => shares.digests(DIGITS, limit));

/** Whether a text may be the secret or a ticket of a share, at the cost of a look-up now and then. */
export async function mayBeShare(archive: Archive, presented: string, now: number): Promise<boolean> {
  if (looksLikeTicket(presented)) return (await readTicket(archive, presented, now)) !== undefined;
  return isKeyText(presented, SHARE_PREFIX) && (await DIGESTS.mayHave(archive, await digestOfKey(presented)));
}

/** The credentials that were refused in archives that do not exist. */
const nowhere = new KnownKeys();

function unknownShare(presented: string): string {
  return looksLikeTicket(presented)
    ? 'The ticket is not valid. Open the link again.'
    : 'The share is not known in this archive.';
}

/** A credential of another share does not count here. */
function ofThisShare(c: AppContext, identity: Identity): Identity {
  const named = c.get('shareID');
  if (named === undefined || identity.share?.id === named) return identity;
  throw unauthorized(c, 'The credential belongs to another share.', 'invalid_token');
}

function presentedShare(c: AppContext): string | undefined {
  const bearer = /^bearer +(\S+)$/i.exec(c.req.header('Authorization') ?? '')?.[1];
  if (bearer !== undefined && (looksLikeTicket(bearer) || looksLikeKey(bearer, SHARE_PREFIX))) return bearer;
  const id = c.get('shareID');
  return id === undefined ? undefined : cookieOf(c.req.header('Cookie'), shareCookie(id));
}

async function lookUp(
  archive: Archive,
  presented: string,
  now: number,
): Promise<{ readonly share: Share; readonly until: number } | Refusal> {
  if (looksLikeTicket(presented)) {
    // Also a ticket that has run out says which share its bearer had opened.
    const ticket = await readTicket(archive, presented, 0);
    const share = ticket && (await archive.shares.get(ticket.id));
    if (ticket === undefined || share === undefined) return { reason: unknownShare(presented) };
    const reason = ticket.until <= now ? unknownShare(presented) : endOf(share, now);
    return reason === undefined ? { share, until: ticket.until } : { reason, share };
  }
  const share = isKeyText(presented, SHARE_PREFIX)
    ? await archive.shares.find(await digestOfKey(presented))
    : undefined;
  if (share === undefined) return { reason: unknownShare(presented) };
  const reason =
    share.passphrase !== undefined || share.mostUses !== undefined
      ? 'Open the link of this share in a browser first, or send its secret to POST /shares/open.'
      : endOf(share, now);
  return reason === undefined ? { share, until: share.expiresAt } : { reason, share };
}
