import { askForFoundMetadata } from '../metadata/remake';
import { describeKey, OBJECT_PREFIXES, UPLOAD_MS } from '../object-keys';
import type { Archive } from '../ports';
import { StatementBudget } from '../statement-budget';
import { checkObjects, objectOfSegment, objectsOfInstance } from './check-objects';
import { lookAtRows } from './check-rows';
import {
  type Finding,
  type NamedInstance,
  PHASES,
  type Phase,
  sumOf,
  type Totals,
  type Verification,
} from './verification';

/** Rows of a page. A page of instances makes up to four calls to R2 for each. */
const PAGE = { instances: 100, removed: 100, segments: 200, counts: 50 } as const;

/** The most work of one step. */
export interface VerificationBudget {
  /** Pages at most: a page makes up to 400 calls to R2, and some to D1. */
  readonly pages: number;
  /** Bytes of files to read; a step reads at least one file. */
  readonly bytes: number;
}

/** What a page adds to the verification. */
interface Page {
  /** Where the phase continues; undefined: the phase is done. */
  readonly next: string | undefined;
  readonly checked: number;
  readonly findings: readonly Finding[];
  readonly bytesRead?: number;
  readonly sums?: Verification['sums'];
}

type LookAt = (archive: Archive, state: Verification, now: number, bytes: number) => Promise<Page>;

const LOOK_AT: Readonly<Record<Phase, LookAt>> = {
  instances: (archive, state, _, bytes) =>
    lookAtInstances(archive, state, bytes, archive.verification.instancesAfter, PAGE.instances),
  removed: (archive, state, _, bytes) =>
    lookAtInstances(archive, state, bytes, archive.verification.removedAfter, PAGE.removed),
  segments: lookAtSegments,
  rows: (archive, { position, digests }) => lookAtRows(archive, position, digests),
  objects: lookForUnknownObjects,
  counts: lookAtCounts,
};

/** A verification that has looked at nothing yet. @param now milliseconds since 1970 */
export function newVerification(now: number, digests: boolean): Verification {
  const checked = { instances: 0, removed: 0, segments: 0, rows: 0, objects: 0, counts: 0 };
  return { startedAt: now, digests, phase: 'instances', position: '', checked, bytesRead: 0 };
}

/**
 * Continues the verification of an archive: whether the bucket holds what the index says, whether the index knows what the
 * bucket holds, and whether its counts are right. Nothing is deleted, and no object is written; wrong counts are put
 * right, and rows and metadata that the bucket has lost are noted to be written again. The state is kept after each
 * page, so a step may be interrupted anywhere. Of two steps at the same time, one gives up.
 * @param now milliseconds since 1970
 * @returns the verification after the step; undefined when none was begun
 */
export async function verifyStep(
  archive: Archive,
  now: number,
  { pages, ...budget }: VerificationBudget,
  statements = StatementBudget.UNLIMITED,
): Promise<Verification | undefined> {
  const kept = await archive.verification.kept();
  if (kept === undefined || kept.state.finishedAt !== undefined) return kept?.state;
  let { state, revision } = kept;
  let { bytes } = budget;
  const goesOn = statements.units(10);
  for (let page = 0; page < pages && bytes > 0 && state.finishedAt === undefined && goesOn(); page += 1) {
    const looked = await LOOK_AT[state.phase](archive, state, now, bytes);
    if (looked.findings.length > 0) {
      await archive.verification.noteFindings(looked.findings, now);
      await askForFoundMetadata(archive, looked.findings);
    }
    const next = after(state, looked, now);
    if (!(await archive.verification.keep(next, revision))) break;
    bytes -= looked.bytesRead ?? 0;
    revision += 1;
    state = next;
  }
  if (state.finishedAt !== undefined) await archive.verification.forgetFindingsBefore(state.startedAt);
  return state;
}

function after(state: Verification, { next, checked, bytesRead = 0, sums }: Page, now: number): Verification {
  const { sums: _, ...rest } = state;
  const looked = {
    ...rest,
    checked: { ...state.checked, [state.phase]: (state.checked[state.phase] ?? 0) + checked },
    bytesRead: state.bytesRead + bytesRead,
    ...(sums && { sums }),
  };
  if (next !== undefined) return { ...looked, position: next };
  const phase = PHASES[PHASES.indexOf(state.phase) + 1];
  return phase === undefined ? { ...looked, finishedAt: now } : { ...looked, phase, position: '' };
}

async function lookAtInstances(
  archive: Archive,
  { position, digests }: Verification,
  bytes: number,
  page: (row: number, limit: number) => Promise<readonly NamedInstance[]>,
  limit: number,
): Promise<Page> {
  const instances = await page(Number(position), limit);
  // The files that are read may be large: a page ends where their bytes end.
  let bytesRead = 0;
  const some = instances.filter(({ byteLength }, at) => {
    if (!digests) return true;
    if (at > 0 && bytesRead >= bytes) return false;
    bytesRead += byteLength;
    return true;
  });
  const findings = await checkObjects(
    archive,
    some.flatMap((instance) => objectsOfInstance(instance, digests)),
  );
  const isLast = instances.length < limit && some.length === instances.length;
  return { next: isLast ? undefined : String(some.at(-1)?.id), checked: some.length, findings, bytesRead };
}

async function lookAtSegments(archive: Archive, { position }: Verification): Promise<Page> {
  const segments = await archive.verification.segmentsAfter(Number(position), PAGE.segments);
  const findings = await checkObjects(archive, segments.map(objectOfSegment));
  const next = segments.length < PAGE.segments ? undefined : String(segments.at(-1)?.id);
  return { next, checked: segments.length, findings };
}

/** The position is the number of the prefix, a space, and the cursor of the listing. */
async function lookForUnknownObjects(archive: Archive, { position }: Verification, now: number): Promise<Page> {
  const [at = '', ...cursor] = position.split(' ');
  const prefix = OBJECT_PREFIXES[Number(at)];
  if (prefix === undefined) return { next: undefined, checked: 0, findings: [] };
  const listed = await archive.objects.list(prefix, cursor.length === 0 ? undefined : cursor.join(' '));
  const uploaded = new Map(listed.objects.map((object) => [object.key, object.uploaded]));
  const described = [...uploaded.keys()].flatMap(describeKey);
  const unknown = described.length === 0 ? [] : await archive.sweeps.unreferenced(described);
  const findings = unknown.map((key): Finding => {
    const isRecent = (uploaded.get(key) ?? now) > now - UPLOAD_MS;
    return { kind: isRecent ? 'recent-unknown-object' : 'unknown-object', subject: key };
  });
  const next = listed.cursor === undefined ? String(Number(at) + 1) : `${Number(at)} ${listed.cursor}`;
  return { next, checked: listed.objects.length, findings };
}

async function lookAtCounts(archive: Archive, { position, sums }: Verification): Promise<Page> {
  const { verification } = archive;
  const page = await verification.countStudies(Number(position), PAGE.counts);
  const findings = page.wrong.map((subject): Finding => ({ kind: 'wrong-count', subject }));
  const counted = sums === undefined ? page.counted : sumOf(sums.counted, page.counted);
  const isUnchanged = sums === undefined || (sums.total !== null && equal(sums.total, page.before));
  const total = isUnchanged ? page.after : null;
  const checked = page.counted.studies;
  if (page.last !== undefined) return { next: String(page.last), checked, findings, sums: { counted, total } };
  if (total !== null && !equal(counted, total) && (await verification.correctTotals(total, counted))) {
    findings.push({ kind: 'wrong-count', subject: 'the archive' });
  }
  return { next: undefined, checked, findings };
}

function equal(one: Totals, other: Totals): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
