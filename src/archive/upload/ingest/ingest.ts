import { HEAD_BYTES } from '../../../dicom/part10/media-file';
import { logEvent, logFailure } from '../../../log';
import { ObjectMissing } from '../../body/stream-pieces';
import { HeldMemory } from '../../memory/held-memory';
import { EXTRA, uploadBytes } from '../../memory/upload-memory';
import { unfiledKey } from '../../object-keys';
import { CallMeter } from '../../store/call-meter';
import { quotasOf } from '../../store/room';
import { Claim, ClaimLost } from '../claim';
import { joinPartials } from '../join-partials';
import { ObjectBytes } from '../object-bytes';
import type { UploadResult } from '../upload-result';
import type { ArrivedFile } from './arriving-file';
import { FileGroup } from './file-group';
import { type IngestContext, type IngestRun, refusalEvents, storeEvents } from './ingest-run';
import { ingestZip } from './ingest-zip';
import type { ClaimedUpload } from './ingests';
import { type FileKind, recognise } from './recognise';

/**
 * How a run over an upload ended. done: the upload has its results. more: it goes on later. other: it does not wait for its
 * ingest, or another run is at work.
 */
export type IngestEnding = 'done' | 'more' | 'other';

/** Claims without progress after which a failure becomes the result. Ten attempts take about ten minutes. */
export const MOST_CLAIMS = 10;

/** Claims after which an upload fails without another attempt, because reading it seems to end the isolate. */
const GIVEN_UP = 4 * MOST_CLAIMS;

const LONGEST_DELAY_MS = 120_000;

/**
 * Stores the files of a received upload, as many as there is time for. The request that sent the last byte, a message of
 * the queue, a request that asks for the results, or the hourly run does the work, whichever comes first. Each of them
 * may be interrupted anywhere.
 * @param deadline after which the run begins nothing more, milliseconds since 1970
 * @param arrived its file, if it was read while it arrived
 */
export async function ingest(
  context: IngestContext,
  id: string,
  deadline: number,
  arrived?: ArrivedFile,
): Promise<IngestEnding> {
  const { archive } = context;
  const claim = arrived?.run.claim ?? new Claim(archive.ingests, id);
  const now = Date.now();
  claim.sign(now);
  const upload = await archive.ingests.claim(id, claim.run, now, claim.next());
  const isFirst = upload?.claims === 1 && upload.cursor === undefined;
  if (!isFirst) await arrived?.group.abandon();
  if (upload === undefined) return 'other';
  try {
    if (arrived !== undefined && isFirst) return await store(arrived.run, arrived.group);
    return await ingestClaimed(context, upload, claim, deadline);
  } catch (error) {
    if (error instanceof ClaimLost) return 'other';
    if (error instanceof ObjectMissing) {
      await giveUp(context, upload, claim, 'lost');
      return 'done';
    }
    logFailure('ingest-failed', error, { archive: archive.name, upload: id, claims: upload.claims });
    const delay = Math.min(LONGEST_DELAY_MS, 1000 * 2 ** upload.claims);
    await archive.ingests.release(id, claim.run, Date.now() + delay, true);
    return 'more';
  }
}

async function ingestClaimed(
  context: IngestContext,
  claimed: ClaimedUpload,
  claim: Claim,
  deadline: number,
): Promise<IngestEnding> {
  const { archive, settings, ledger, gone } = context;
  if (claimed.claims > GIVEN_UP) {
    await giveUp(context, claimed, claim, 'failing');
    return 'done';
  }
  await settle(context, claimed, claim);
  const viewpoint = await context.viewpointOf(claimed.sender);
  if (viewpoint === undefined) {
    await refuse(context, claimed, claim);
    return 'done';
  }
  const calls = new CallMeter(settings.callsPerRequest);
  const objects = calls.counted(archive.objects);
  const upload = await joinPartials({ archive, objects, ledger, gone, deadline }, claimed, claim);
  if (upload === undefined) {
    await archive.ingests.release(claimed.id, claim.run, 0, false);
    return 'more';
  }
  const key = unfiledKey(upload.version, 'dcm');
  const kind = await kindOf(context, key, upload.byteLength);
  const bytes = uploadBytes(settings, kind === 'zip' ? undefined : upload.byteLength, false);
  const lease = await ledger.take(bytes, { purpose: 'upload', gone });
  const memory = new HeldMemory(() => ledger.take(EXTRA, { purpose: 'extra', gone }));
  try {
    const own = archive.confinedTo(viewpoint);
    const run: IngestRun = {
      context,
      upload,
      claim,
      archive: own,
      memory,
      calls,
      quotas: quotasOf(settings, own.allowance),
      deadline,
      isLast: upload.claims >= MOST_CLAIMS,
    };
    const isDone = kind === 'zip' ? await ingestZip(run, key) : await ingestFile(run, upload.version);
    if (isDone) return 'done';
    await archive.ingests.release(upload.id, claim.run, 0, false);
    return 'more';
  } finally {
    memory.end();
    lease.release();
  }
}

async function kindOf({ archive }: IngestContext, key: string, length: number): Promise<FileKind> {
  const bytes = new ObjectBytes(archive.objects, key, length, HEAD_BYTES);
  try {
    return recognise(await bytes.exactly(0, Math.min(HEAD_BYTES, length)));
  } finally {
    await bytes.close();
  }
}

/** Notes what became of the files that an interrupted run was about to store. */
async function settle({ archive, settings }: IngestContext, upload: ClaimedUpload, claim: Claim): Promise<void> {
  if (upload.claims === 1 && upload.cursor === undefined) return;
  const settled = await archive.ingests.settled(upload.id, settings.duplicates);
  const results = settled.flatMap(({ outcome, version: _, ...file }): UploadResult[] =>
    outcome === undefined ? [] : [{ ...file, result: outcome }],
  );
  if (results.length === 0) return;
  const events = storeEvents({ upload }, results, 0);
  const progress = { results, events, cursor: upload.cursor };
  claim.hold(await archive.ingests.advance(upload.id, claim.run, progress, claim.next()));
}

/**
 * Stores a Part 10 file where it lies. It is read once, and not written again.
 * @returns whether it has its result
 */
async function ingestFile(run: IngestRun, version: string): Promise<boolean> {
  const { upload, claim, archive, calls } = run;
  const done = await archive.ingests.settledFrom(upload.id, 0);
  if (done.has(0)) {
    claim.hold(await archive.ingests.finish(upload.id, claim.run, NOTHING, claim.end()));
    return true;
  }
  const bytes = new ObjectBytes(calls.counted(archive.objects), unfiledKey(version, 'dcm'), upload.byteLength);
  const group = new FileGroup(run);
  const source = {
    read: async () => {
      await claim.beat();
      return await bytes.read();
    },
  };
  try {
    await group.add({ ordinal: 0 }, source, upload.byteLength, version);
  } catch (error) {
    await group.abandon();
    throw error;
  } finally {
    await bytes.close();
  }
  await store(run, group);
  return true;
}

/** Stores a Part 10 file that was read. */
async function store(run: IngestRun, group: FileGroup): Promise<'done'> {
  const { upload, claim, archive } = run;
  const { results, isIncomplete } = await group.commit();
  if (isIncomplete) throw new Error('the instance could not be written');
  const events = storeEvents(run, results, upload.byteLength);
  claim.hold(await archive.ingests.finish(upload.id, claim.run, { results, events }, claim.end()));
  return 'done';
}

const NOTHING = { results: [], events: [] };

/** Ends the ingest of an upload that cannot be stored. */
async function giveUp(
  { archive }: IngestContext,
  { id }: ClaimedUpload,
  claim: Claim,
  reason: 'lost' | 'failing',
): Promise<void> {
  logEvent('upload-failed', { archive: archive.name, upload: id, reason });
  const result: UploadResult = { ordinal: LAST_ORDINAL, result: 'storage', instance: {}, warnings: [], detail: reason };
  await archive.ingests.finish(id, claim.run, { results: [result], events: [] }, { ...claim.end(), reason });
}

/**
 * Ends the ingest of an upload whose sender may not store any more. What was stored of it before stays. The record notes the
 * refusal; the bytes are deleted when the upload expires.
 */
async function refuse({ archive }: IngestContext, upload: ClaimedUpload, claim: Claim): Promise<void> {
  const reason = 'not-authorized';
  logEvent('upload-failed', { archive: archive.name, upload: upload.id, reason });
  const result: UploadResult = { ordinal: LAST_ORDINAL, result: reason, instance: {}, warnings: [], detail: reason };
  const progress = { results: [result], events: refusalEvents(upload) };
  claim.hold(await archive.ingests.finish(upload.id, claim.run, progress, { ...claim.end(), reason }));
}

/** The ordinal of a result that comes after those of the files in a ZIP archive. */
const LAST_ORDINAL = 0x7fffffff;
