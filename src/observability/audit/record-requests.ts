import type { Principal } from '../../access/principal';
import type { AuditAction, AuditEvent, AuditOutcome } from '../../archive/audit/audit-event';
import { AuditLog } from '../../archive/audit/audit-log';
import type { Archive } from '../../archive/ports';
import type { AppContext } from '../../dicomweb/context';
import { HttpProblem, problemResponse } from '../../http/problem';
import { logFailure } from '../../log';
import { requestId } from '../request-log';
import { countedBody } from './counted-body';
import { UnknownSenders } from './unknown-senders';

/** Longest text of a client's header that the record takes. */
const LONGEST_TEXT = 200;

/** Changes are in the record before they are answered. */
const AWAITED: ReadonlySet<AuditAction> = new Set(['delete', 'restore', 'share', 'administer', 'sign-in', 'sign-out']);

const logs = new WeakMap<Archive, AuditLog>();

const unknownSenders = new UnknownSenders();

/**
 * Records each request of a principal, and each request that the gate refuses, once its answer begins. If every client
 * may do everything without an identity, there is no principal to record.
 */
export async function recordRequest(c: AppContext, next: () => Promise<void>): Promise<void> {
  await next();
  const archive: Archive | undefined = c.get('wholeArchive');
  if (archive === undefined) return;
  // The deployment's own record takes what was refused in an archive that does not exist, such as a guessed key.
  if (c.get('archiveName') === undefined && c.res.status !== 401 && c.res.status !== 429) return;
  const now = Date.now();
  const log = logOf(archive);
  const events = eventsOf(c, now);
  for (const event of events) {
    const writing = note(c, log, event, now);
    if (writing === undefined || !AWAITED.has(event.action)) continue;
    if (!(await writing) && c.res.status < 400) refuseUnrecorded(c);
  }
  if (events[0] !== undefined) countSent(c, log, events[0]);
}

/**
 * @returns whether the event is in the record; undefined when another request writes it. The writing is not cut off when the
 * answer has been sent.
 */
function note(c: AppContext, log: AuditLog, event: AuditEvent, now: number): Promise<boolean> | undefined {
  const caught = (work: Promise<void>) =>
    work.then(
      () => true,
      (error: unknown) => {
        logFailure('not-recorded', error, { action: event.action, requestId: requestId(c) });
        return false;
      },
    );
  const later = (work: Promise<void>) => c.executionCtx.waitUntil(caught(work));
  const writing = log.note(event, now, later);
  if (writing === undefined) return undefined;
  const ended = caught(writing);
  c.executionCtx.waitUntil(ended);
  return ended;
}

/**
 * Counts the bytes of an answer whose length is not known when it begins, and adds them to its event when it ends: metadata,
 * converted files, a large search.
 */
function countSent(c: AppContext, log: AuditLog, event: AuditEvent): void {
  const { body, headers, status } = c.res;
  const reads = event.action === 'access' || event.action === 'search';
  if (body === null || status >= 400 || !reads || headers.has('Content-Length')) return;
  const nothing = { requests: 0, searches: 0, retrievals: 0, renderings: 0, instances: 0 };
  const counted = countedBody(body, c.get('isEnded'), (bytes) => {
    const now = Date.now();
    note(c, log, { ...event, ...nothing, endedAt: now, bytes }, now);
  });
  c.res = new Response(counted, c.res);
}

/**
 * A change that is not in the record is not acknowledged, and what was made for it, such as a key, is not handed out. The
 * client sends the request again, and that one is recorded.
 */
function refuseUnrecorded(c: AppContext): void {
  const crossOrigin = [...c.res.headers].filter(([name]) => name === 'vary' || name.startsWith('access-control-'));
  const headers = { ...Object.fromEntries(crossOrigin), 'Retry-After': '10' };
  // Hono would copy every header of the answer that is given up, cookies too.
  c.res = undefined;
  c.res = problemResponse(
    new HttpProblem('unavailable', 'The change could not be recorded. Send the request again.', headers),
  );
}

function logOf(archive: Archive): AuditLog {
  const known = logs.get(archive) ?? new AuditLog(archive.record);
  logs.set(archive, known);
  return known;
}

/** A request is one event; a Store request is one for each study. */
function eventsOf(c: AppContext, now: number): AuditEvent[] {
  const identity = c.get('identity');
  const name = c.get('transaction');
  const { status } = c.res;
  const endedShare = REFUSED.has(status) ? c.get('endedShare') : undefined;
  const visitor: Principal | undefined = endedShare && { kind: 'share', id: `share:${endedShare.id}` };
  const principal = c.get('recorded')?.principal ?? identity?.principal ?? visitor;
  if (principal?.kind === 'anonymous' || c.req.method === 'OPTIONS') return [];
  // A page of another origin asked for a change, or the rate of requests was exceeded.
  const isRefusedBefore = name === undefined && (status === 403 || (status === 429 && identity !== undefined));
  if ((name === undefined || QUIET.has(name)) && c.get('refusal') === undefined && !isRefusedBefore) return [];
  const done = isRefusedBefore ? refusedBefore(c) : doneBy(name);
  if (principal === undefined && !REFUSED.has(status) && done[1] !== 'sign-in') return [];
  const told = c.get('recorded');
  const { action, subject = subjectOf(c, done[1]) } = { action: done[1], ...told };
  const study =
    (identity?.share ?? endedShare)?.scope.studyInstanceUID ?? ownUID(c, told?.studyInstanceUID ?? studyOf(c, name));
  // A search may name anything, unless it says that it has found the study.
  const isFound = status < 400 && (done[2] !== 'searches' || told?.studyInstanceUID !== undefined);
  const event: AuditEvent = {
    startedAt: now,
    endedAt: now,
    action: action === 'search' && study !== undefined ? 'access' : action,
    outcome: outcomeOf(status),
    principalKind: principal?.kind ?? 'unknown',
    principalID: principal?.id ?? 'unknown',
    principalName: principal?.name?.replace(/\p{Cc}/gu, ' ').slice(0, LONGEST_TEXT),
    address: principal === undefined ? unknownSenders.nameOf(addressOf(c), now) : addressOf(c),
    agent: principal === undefined ? undefined : c.req.header('User-Agent')?.slice(0, LONGEST_TEXT),
    // Without an identity, one address is one event, whatever it asks for: it must not fill the record.
    studyInstanceUID: principal === undefined ? undefined : isFound ? study : uidOrNothing(study),
    subject: subject?.slice(0, LONGEST_TEXT),
    requests: 1,
    searches: done[2] === 'searches' ? 1 : 0,
    retrievals: done[2] === 'retrievals' ? 1 : 0,
    renderings: done[2] === 'renderings' ? 1 : 0,
    instances: 0,
    bytes: bytesOf(c, action, told?.received),
  };
  const stored = told?.stored;
  if (stored === undefined || stored.size === 0) return [event];
  // The bytes of a request with several studies count for the first one.
  return [...stored].map(([studyInstanceUID, instances], at) => ({
    ...event,
    studyInstanceUID,
    instances,
    bytes: at === 0 ? event.bytes : 0,
  }));
}

/** Bytes that a Store request sent, or of an answer whose length is known. */
function bytesOf(c: AppContext, action: AuditAction, received: number | undefined): number {
  if (action === 'store') return received ?? 0;
  return c.req.method === 'HEAD' ? 0 : Number(c.res.headers.get('Content-Length') ?? 0);
}

/** The pages around a sign-in, and the question of the viewer who is signed in: the sign-in itself is recorded. */
export const QUIET: ReadonlySet<string> = new Set(['BeginSignIn', 'ShowSignedOut', 'ReportSession']);

type Count = 'searches' | 'retrievals' | 'renderings' | 'none';

/** What a request does, by the start of its route's name. The first one that fits counts. */
const DONE: readonly (readonly [start: string, action: AuditAction, count: Count])[] = [
  ['Search', 'search', 'searches'],
  ['ListSearch', 'search', 'searches'],
  // A sender asks whether its instances are here; it gets nothing of them.
  ['RequestCommitment', 'search', 'searches'],
  ['CheckCommitment', 'search', 'searches'],
  ['RetrieveRendered', 'access', 'renderings'],
  ['RetrieveStudyThumbnail', 'access', 'renderings'],
  ['RetrieveSeriesThumbnail', 'access', 'renderings'],
  ['RetrieveInstanceThumbnail', 'access', 'renderings'],
  ['RetrieveFrameThumbnail', 'access', 'renderings'],
  ['Retrieve', 'access', 'retrievals'],
  // Every page of the viewer asks it.
  ['ReportSession', 'access', 'none'],
  ['Store', 'store', 'none'],
  ['CreateUpload', 'store', 'none'],
  ['AppendToUpload', 'store', 'none'],
  ['ShowUpload', 'store', 'none'],
  ['CloseUpload', 'store', 'none'],
  ['ListKnown', 'search', 'searches'],
  ['TerminateUpload', 'store', 'none'],
  ['OverrideUploadMethod', 'store', 'none'],
  ['Delete', 'delete', 'none'],
  ['Restore', 'restore', 'none'],
  ['Share', 'share', 'none'],
  ['SignIn', 'sign-in', 'none'],
  ['SignOut', 'sign-out', 'none'],
  ['Audit', 'audit', 'none'],
];
const UNKNOWN: Done = ['', 'administer', 'none'];

type Done = readonly [start: string, action: AuditAction, count: Count];

const doneByName = new Map<string | undefined, Done>();

/** @param name of the transaction of a route */
export function doneBy(name: string | undefined): Done {
  const known = doneByName.get(name);
  if (known !== undefined) return known;
  const done = DONE.find(([start]) => name?.startsWith(start)) ?? UNKNOWN;
  doneByName.set(name, done);
  return done;
}

/** The series or the instance of a change; which route an administrator used. */
function subjectOf(c: AppContext, action: AuditAction): string | undefined {
  if (action === 'delete' || action === 'restore')
    return uidOrNothing(c.req.param('instance') ?? c.req.param('series'));
  return action === 'administer' || action === 'share' || action === 'audit' ? c.get('transaction') : undefined;
}

/**
 * A principal that sees studies de-identified names them by replaced UIDs. The record has the archive's own UID, so
 * that an auditor finds everything that happened to a study.
 */
function ownUID(c: AppContext, named: string | undefined): string | undefined {
  const archive: Archive | undefined = c.get('archive');
  return (named && archive?.deidentified?.ownStudyUID(named)) ?? named;
}

/** The study that a request names. */
function studyOf(c: AppContext, name: string | undefined): string | undefined {
  // A request that was refused before its route was found has no parameters.
  return c.req.param('study') ?? (name === undefined ? /\/studies\/([0-9.]+)/.exec(c.req.path)?.[1] : undefined);
}

/** What a request asked for that was refused before its route was found. */
function refusedBefore(c: AppContext): Done {
  const { method, path } = c.req;
  if (method === 'DELETE') return ['', 'delete', 'none'];
  if (path.endsWith('/restore')) return ['', 'restore', 'none'];
  const isDICOM = /\/(dicomweb|wado)(\/|$)/.test(path);
  if (method === 'GET' || method === 'HEAD') {
    if (!isDICOM) return UNKNOWN;
    return studyOf(c, undefined) === undefined ? ['', 'search', 'none'] : ['', 'access', 'none'];
  }
  return isDICOM && /\/studies(\/[^/]+)?$/.test(path) ? ['', 'store', 'none'] : UNKNOWN;
}

/** A text that is no IP address could be anything. */
function addressOf(c: AppContext): string | undefined {
  const address = c.req.header('CF-Connecting-IP') ?? '';
  return /^[0-9A-Fa-f.:]{2,45}$/.test(address) ? address : undefined;
}

/** 403 without an identity: a page of another origin had the browser add a cookie. */
const REFUSED: ReadonlySet<number> = new Set([401, 403, 429]);

function outcomeOf(status: number): AuditOutcome {
  if (status < 400) return 'success';
  if (REFUSED.has(status)) return 'refused';
  return status === 404 || status === 410 ? 'absent' : 'failed';
}

/** A text that is no UID could be anything, so the record does not take it. */
function uidOrNothing(text: string | undefined): string | undefined {
  return text !== undefined && /^[0-9.]{1,64}$/.test(text) ? text : undefined;
}
