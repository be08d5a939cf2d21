import type { SeriesIdentity } from '../../archive/identities';
import { BufferPool } from '../../archive/memory/buffer-pool';
import { HeldMemory } from '../../archive/memory/held-memory';
import { KeptBuffers } from '../../archive/memory/kept-buffers';
import { EXTRA, expectedBytes, uploadBytes } from '../../archive/memory/upload-memory';
import { askAfterStore } from '../../archive/store/after-store';
import { CallMeter } from '../../archive/store/call-meter';
import { MetadataInstances, type UnusedBulk } from '../../archive/store/from-metadata/metadata-instances';
import { quotasOf, roomIn } from '../../archive/store/room';
import { StoreTransaction } from '../../archive/store/store';
import type { StoreResult } from '../../archive/store/store-result';
import { bufferedSource } from '../../http/buffered-source';
import { MultipartReader } from '../../http/multipart-reader';
import { HttpProblem } from '../../http/problem';
import type { Limits } from '../../limits';
import { logFailure } from '../../log';
import type { AppContext } from '../context';
import { requestCopies } from '../request-copies';
import { refuseLongBody } from '../request-length';
import { IdempotentRequest } from './idempotency';
import { type BodyEnd, BodyError, byteReader, RequestSource } from './request-source';
import { answerForm, storeAnswer } from './store-answer';
import { type StoreFormat, storeFormat } from './store-format';
import { type PartTakers, receiveParts } from './store-parts';
import { type StoreOutcome, storeResponse } from './store-response';

/** POST /studies and /studies/{study}: Store Transaction, PS3.18 10.5. */
export async function store(c: AppContext): Promise<Response> {
  const request = c.req.raw;
  const form = answerForm(request);
  const format = storeFormat(request.headers);
  const principal = c.get('identity')?.principal.id ?? '';
  const idempotent = await IdempotentRequest.of(request, c.get('archive').answers, principal);
  refuseLongBody(c);
  const source = requestSource(c, idempotent !== undefined);
  let gaveUp = false;
  const answer = async () => {
    const outcome = await withMemory(c, format, source, (memory) => take(c, format, source, memory));
    gaveUp = outcome.gaveUp === true;
    return storeAnswer(storeResponse(outcome, c.get('baseURI')), form, c.get('baseURI'));
  };
  try {
    if (idempotent === undefined) return await answer();
    return await idempotent.answer(source, Date.now(), answer, () => !gaveUp);
  } finally {
    c.set('recorded', { ...c.get('recorded'), received: source.length });
    source.release();
  }
}

/** @throws HttpProblem 400 without a body */
function requestSource(c: AppContext, hashed: boolean): RequestSource {
  const { body } = c.req.raw;
  if (body === null) throw new HttpProblem('bad-request', 'The request has no body.');
  return new RequestSource(bufferedSource(body), c.get('config').limits.requestBytes, hashed, c.get('isEnded'));
}

/** Reserves memory before the body is read, and releases it afterwards. @throws UnavailableError */
async function withMemory<Outcome>(
  c: AppContext,
  { root }: StoreFormat,
  source: RequestSource,
  work: (memory: HeldMemory) => Promise<Outcome>,
): Promise<Outcome> {
  const ledger = c.get('ledger');
  const { signal: gone } = c.req.raw;
  const bytes = uploadBytes(c.get('config').limits, statedLength(c), root !== 'part10');
  const lease = await ledger.take(bytes, { purpose: 'upload', gone });
  const memory = new HeldMemory(() => ledger.take(EXTRA, { purpose: 'extra', gone }));
  try {
    return await source.watched(
      () => ledger.isWantedOfUploads,
      () => work(memory),
    );
  } finally {
    memory.end();
    lease.release();
  }
}

/** The length of the body as its header states it. */
function statedLength(c: AppContext): number | undefined {
  const stated = c.req.header('Content-Length') ?? '';
  return /^\d+$/.test(stated) ? Number(stated) : undefined;
}

/** Stores the instances in the body. */
async function take(
  c: AppContext,
  format: StoreFormat,
  source: RequestSource,
  memory: HeldMemory,
): Promise<StoreOutcome> {
  const archive = c.get('archive');
  const { limits, duplicates, searchAttributes } = c.get('config');
  const calls = new CallMeter(limits.callsPerRequest);
  const expected = expectedBytes(statedLength(c));
  // A long request uses its buffers many times, and then they are not worth keeping.
  const buffers = expected === undefined ? new KeptBuffers() : c.get('buffers');
  const pool = new BufferPool(expected, buffers);
  const transaction = new StoreTransaction(
    archive,
    { ...limits, ...duplicates, searchAttributes, pool },
    c.req.param('study'),
    memory,
    calls,
    quotasOf(limits, archive.allowance),
  );
  const spooling = { ...archive, objects: calls.limited(archive.objects) };
  const metadata = new MetadataInstances(spooling, limits, c.req.url, memory);
  let body: BodyEnd;
  let unusedBulk: UnusedBulk;
  try {
    body = await receive(format, source, { transaction, metadata }, limits, buffers);
    unusedBulk = await metadata.store(transaction, body === 'whole');
    if (body === 'whole' && metadata.unreadable) body = 'broken';
    await source.requireCredential();
  } catch (error) {
    await transaction.abandon();
    throw error;
  } finally {
    await metadata.discard();
  }
  const { results, scattered } = await commit(transaction);
  pool.end();
  await refuseFull(c, results);
  forgetLayouts(c, results);
  c.set('recorded', { stored: storedByStudy(results) });
  c.executionCtx.waitUntil(askAfterStore(archive, { results, scattered }, duplicates.duplicates));
  requestCopies(
    c,
    results.flatMap(({ result, instance }) => (result === 'stored' ? [instance as SeriesIdentity] : [])),
  );
  const mostBytes = source.length > limits.requestBytes ? limits.requestBytes : undefined;
  return { results, body, unusedBulk, mostBytes, gaveUp: transaction.gaveUp };
}

/**
 * Refuses the request when none of its instances fits and the archive has no room at all.
 * @throws HttpProblem 507
 */
async function refuseFull(c: AppContext, results: readonly StoreResult[]): Promise<void> {
  if (results.length === 0 || results.some(({ result }) => result !== 'out-of-space')) return;
  const room = await roomIn(c.get('wholeArchive').status, c.get('config').limits, c.get('archive').allowance);
  if (room.none) throw new HttpProblem('out-of-space', FULL[room.limitedBy]);
}

/** The detail of the 507, by the quota that leaves no room. */
export const FULL = {
  archive: 'The archive is full: it holds as much as its quota allows.',
  sender: 'The quota of this sender is used up.',
} as const;

/** Results of instances whose bytes the archive keeps. */
const TAKEN_IN: ReadonlySet<StoreResult['result']> = new Set<StoreResult['result']>(['stored', 'aside', 'kept']);

/** How many instances of each study were stored, for the record. */
function storedByStudy(results: readonly StoreResult[]): Map<string, number> {
  const stored = new Map<string, number>();
  for (const { result, instance } of results) {
    const { studyInstanceUID } = instance;
    if (!TAKEN_IN.has(result) || studyInstanceUID === undefined) continue;
    stored.set(studyInstanceUID, (stored.get(studyInstanceUID) ?? 0) + 1);
  }
  return stored;
}

/**
 * Drops the cached rows of the series that were stored to. They may be outdated: instances were replaced, or were deleted
 * through another isolate and stored again.
 */
export function forgetLayouts(c: AppContext, results: readonly StoreResult[]): void {
  for (const { instance } of results) {
    const { studyInstanceUID, seriesInstanceUID } = instance;
    if (studyInstanceUID === undefined || seriesInstanceUID === undefined) continue;
    c.get('layouts').forgetWithin(c.get('archive'), { studyInstanceUID, seriesInstanceUID });
  }
}

/**
 * Commits the received instances. When a commit fails, it may still have been carried out: after a retry, content that is
 * already there counts as stored. If the index refuses an instance permanently, that is the result of that instance, not a
 * failure of the commit.
 */
async function commit(transaction: StoreTransaction): ReturnType<StoreTransaction['commit']> {
  try {
    return await transaction.commit(Date.now());
  } catch (error) {
    logFailure('commit-failed', error);
    throw new HttpProblem('unavailable', 'The instances could not be committed. Send the request again.', {
      'Retry-After': '10',
    });
  }
}

/** @throws HttpProblem 400 or 413 when nothing in the body could be received */
async function receive(
  format: StoreFormat,
  source: RequestSource,
  takers: PartTakers,
  limits: Limits,
  buffers: KeptBuffers,
): Promise<BodyEnd> {
  const { root, boundary } = format;
  const { transaction, metadata } = takers;
  if (boundary !== undefined) {
    const { partHeaderBytes: maxHeaderBytes, partHeaderLines: maxHeaderLines } = limits;
    const memory = (bytes: number) => buffers.take(bytes);
    const reader = new MultipartReader(source, boundary, { maxHeaderBytes, maxHeaderLines, memory });
    const end = await receiveParts(reader, root, takers, limits.partsPerRequest);
    if (end === 'whole') buffers.give(reader.takeBuffer());
    return end;
  }
  try {
    if (root === 'part10') await transaction.add(byteReader(source));
    else if (root !== undefined) await metadata.add(byteReader(source), root);
    if (source.length === 0) throw new HttpProblem('bad-request', 'The request body is empty.');
    return 'whole';
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    transaction.refuse(error.code === 'too-large' ? 'too-large' : 'cut-short', transaction.interrupted);
    return error.code;
  }
}
