import { AUDIT_ACTIONS, type AuditAction, type RecordedEvent } from '../../archive/audit/audit-event';
import type { AuditSearch } from '../../archive/audit/audit-record';
import { verifyRecord } from '../../archive/audit/verify';
import { negotiate, type Offer } from '../../dicomweb/answer/negotiate';
import type { AppContext } from '../../dicomweb/context';
import { requestedTypes } from '../../http/accept';
import { HttpProblem } from '../../http/problem';
import { auditMessage } from './audit-message';

/** Events of one page: without the parameter `limit`, and at most. */
const PAGE = 100;
const LARGEST_PAGE = 1000;

/** Media types of the record, in order of preference. */
export const RECORD_OFFERS: readonly Offer[] = [
  { mediaType: 'application/json', multipart: false },
  { mediaType: 'application/jsonl', multipart: false },
  { mediaType: 'application/xml', multipart: false },
];

/** Names of the query parameters of GET /audit. */
export const RECORD_PARAMETERS = ['study', 'principal', 'action', 'from', 'before', 'after', 'limit'] as const;

/**
 * GET /audit: the events that the parameters ask for, in the order of the record. JSON is one page, which the next one follows
 * by `after`; JSON lines and XML (PS3.15 A.5) are all events, for export.
 * @throws HttpProblem 400, 406
 */
export async function readRecord(c: AppContext): Promise<Response> {
  const offer = negotiate(requestedTypes(c.req.raw), RECORD_OFFERS);
  if (offer === undefined) {
    const types = RECORD_OFFERS.map(({ mediaType }) => mediaType).join(', ');
    throw new HttpProblem('not-acceptable', `The record is available as ${types}.`);
  }
  const search = searchOf(new URL(c.req.url).searchParams);
  const archive = c.get('archiveName')!;
  const headers = { 'Content-Type': offer.mediaType, 'Cache-Control': 'no-store', Vary: 'Accept' };
  if (offer.mediaType === 'application/json') {
    const events = await c.get('archive').record.find(search);
    return new Response(JSON.stringify(events.map((event) => shown(event, archive))), { headers });
  }
  const source = `dicomweb-edge/${archive}`;
  const [start, end, write] =
    offer.mediaType === 'application/xml'
      ? ['<?xml version="1.0" encoding="UTF-8"?>\n<AuditMessages>\n', '</AuditMessages>\n', xmlOf(source)]
      : ['', '', (event: RecordedEvent) => JSON.stringify(shown(event, archive))];
  return new Response(exported(c, search, start, end, write), { headers });
}

function xmlOf(source: string): (event: RecordedEvent) => string {
  return (event) => auditMessage(event, source);
}

/** All events of a search, a page at a time. */
function exported(
  c: AppContext,
  search: AuditSearch,
  start: string,
  end: string,
  write: (event: RecordedEvent) => string,
): ReadableStream<Uint8Array> {
  const { record } = c.get('archive');
  const encoder = new TextEncoder();
  let after: number | undefined = search.after;
  let text = start;
  return new ReadableStream({
    async pull(controller) {
      const events = await record.find({ ...search, after, limit: LARGEST_PAGE });
      after = events.at(-1)?.id;
      text += events.map((event) => `${write(event)}\n`).join('');
      const ended = events.length < LARGEST_PAGE;
      if (ended) text += end;
      if (text !== '') controller.enqueue(encoder.encode(text));
      text = '';
      if (ended) controller.close();
    },
  });
}

/** GET /audit/verification: whether the sealed record is whole. Reads all of it. */
export async function verifyRecordOf(c: AppContext): Promise<Response> {
  const found = await verifyRecord(c.get('archive'));
  return Response.json(found, { headers: { 'Cache-Control': 'no-store' } });
}

/** Times as people read them. */
function shown({ startedAt, endedAt, ...event }: RecordedEvent, archive: string) {
  return { archive, startedAt: new Date(startedAt).toISOString(), endedAt: new Date(endedAt).toISOString(), ...event };
}

function searchOf(parameters: URLSearchParams): AuditSearch {
  for (const name of parameters.keys()) {
    if (!(RECORD_PARAMETERS as readonly string[]).includes(name) && name !== 'accept') {
      throw new HttpProblem('bad-request', `The parameters are ${RECORD_PARAMETERS.join(', ')}.`);
    }
  }
  const action = parameters.get('action') ?? undefined;
  if (action !== undefined && !(AUDIT_ACTIONS as readonly string[]).includes(action)) {
    throw new HttpProblem('bad-request', `action must be one of ${AUDIT_ACTIONS.join(', ')}.`);
  }
  return {
    studyInstanceUID: parameters.get('study') ?? undefined,
    principalID: parameters.get('principal') ?? undefined,
    action: action as AuditAction | undefined,
    from: timeOf(parameters, 'from'),
    before: timeOf(parameters, 'before'),
    after: numberOf(parameters, 'after', Number.MAX_SAFE_INTEGER),
    limit: numberOf(parameters, 'limit', LARGEST_PAGE) ?? PAGE,
  };
}

function timeOf(parameters: URLSearchParams, name: string): number | undefined {
  const text = parameters.get(name);
  if (text === null) return undefined;
  const time = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new HttpProblem('bad-request', `${name} must be a date or a time of RFC 3339.`);
  return time;
}

function numberOf(parameters: URLSearchParams, name: string, most: number): number | undefined {
  const text = parameters.get(name);
  if (text === null) return undefined;
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number <= most)) throw new HttpProblem('bad-request', `${name} must be a whole number up to ${most}.`);
  return number;
}
