import type { AuditEvent } from '../../audit/audit-event';
import type { Quotas } from '../../commit-group';
import type { HeldMemory } from '../../memory/held-memory';
import type { Ledger } from '../../memory/ledger';
import type { Archive } from '../../ports';
import type { CallMeter } from '../../store/call-meter';
import type { Quota } from '../../store/room';
import type { StoreSettings } from '../../store/store';
import type { StoreResult } from '../../store/store-result';
import type { Viewpoint } from '../../visibility';
import type { Claim } from '../claim';
import type { Sender } from '../sender';
import type { UploadResult } from '../upload-result';
import type { ClaimedUpload } from './ingests';

/** What an ingest needs beside its upload. */
export interface IngestContext {
  /** The whole archive. The upload says which part of it its sender sees. */
  readonly archive: Archive;
  readonly settings: StoreSettings & Quota;
  readonly ledger: Ledger;
  /** Is aborted when the client of the request that ingests has disconnected. */
  readonly gone?: AbortSignal | undefined;
  /**
   * The viewpoint with which a sender may store now: an ingest begins when the request of its sender may have ended.
   * @returns undefined when its permission has ended
   */
  readonly viewpointOf: (sender: Sender) => Promise<Viewpoint | undefined>;
  /** Is told of what was stored. */
  readonly onStored: (results: readonly StoreResult[]) => void;
}

/** One run over one upload, under a claim. */
export interface IngestRun {
  readonly context: IngestContext;
  readonly upload: ClaimedUpload;
  readonly claim: Claim;
  /** The archive as the sender sees it; instances are stored to it. */
  readonly archive: Archive;
  readonly memory: HeldMemory;
  /** Counts all calls to R2 of the run. */
  readonly calls: CallMeter;
  readonly quotas: Quotas;
  /** The time after which the run begins nothing more, milliseconds since 1970. */
  readonly deadline: number;
  /** The last attempt: what fails for a temporary reason now is a result. */
  readonly isLast: boolean;
}

/** Results of instances whose bytes the archive keeps. */
const TAKEN_IN: ReadonlySet<UploadResult['result']> = new Set<UploadResult['result']>(['stored', 'aside', 'kept']);

/**
 * The stores among some results, for the record: one event for each study.
 * @param bytes that were received; they count for the first study
 */
export function storeEvents(
  { upload }: { readonly upload: Pick<ClaimedUpload, 'sender'> },
  results: readonly UploadResult[],
  bytes: number,
): AuditEvent[] {
  const now = Date.now();
  const counts = new Map<string, number>();
  for (const { result, instance } of results) {
    const { studyInstanceUID } = instance;
    if (!TAKEN_IN.has(result) || studyInstanceUID === undefined) continue;
    counts.set(studyInstanceUID, (counts.get(studyInstanceUID) ?? 0) + 1);
  }
  return [...counts].flatMap(([studyInstanceUID, instances], at) =>
    eventsOf(upload, { outcome: 'success', studyInstanceUID, instances, bytes: at === 0 ? bytes : 0 }, now),
  );
}

/** The refusal of an upload whose sender may not store any more, for the record. */
export function refusalEvents(upload: Pick<ClaimedUpload, 'sender' | 'byteLength'>): AuditEvent[] {
  return eventsOf(upload, { outcome: 'refused', subject: 'store', instances: 0, bytes: upload.byteLength }, Date.now());
}

/** @returns no event, if there is nobody to record */
function eventsOf(
  { sender }: Pick<ClaimedUpload, 'sender'>,
  what: Pick<AuditEvent, 'outcome' | 'studyInstanceUID' | 'subject' | 'instances' | 'bytes'>,
  now: number,
): AuditEvent[] {
  const { principal, kind, name, address, agent } = sender;
  if (kind === undefined || kind === 'anonymous') return [];
  return [
    {
      startedAt: now,
      endedAt: now,
      action: 'store',
      principalKind: kind,
      principalID: principal,
      principalName: name,
      address,
      agent,
      requests: 1,
      searches: 0,
      retrievals: 0,
      renderings: 0,
      ...what,
    },
  ];
}
