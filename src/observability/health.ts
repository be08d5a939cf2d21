import type { ServicePart } from '../archive/archive-status';
import { carryOtherIDs } from '../archive/remove/archive-id';
import type { Separation } from '../archive/remove/sweep-index';
import { isPermitted } from '../auth/gate';
import { unboundCounters } from '../counters';
import type { AppContext } from '../dicomweb/context';
import { logFailure } from '../log';
import { databaseSizes, databaseWarnings } from './database-sizes';

const PARTS: readonly ServicePart[] = ['database', 'bucket', 'queue'];

/** Milliseconds after which a part that has not answered counts as failed. */
const PATIENCE_MS = 5000;

interface Check {
  readonly status: 'pass' | 'fail';
  /** Why the part failed. */
  readonly reason?: 'no-schema' | 'no-answer' | 'error' | Separation;
}

/**
 * GET /health, for a monitor: 200 when the database, the bucket and the queue answer, and the database and the bucket
 * belong to the same archive; otherwise 503. The body says what failed (draft-inadarei-api-health-check). A request costs
 * one row read and one R2 read of class B. A monitor needs no credential: the body then says only whether all is well.
 */
export async function reportHealth(c: AppContext): Promise<Response> {
  const { status: archiveStatus } = c.get('wholeArchive');
  const [apart, ...parts] = await Promise.all([
    c.get('separation')(),
    ...PARTS.map(async (part) => [part, await check(part, () => archiveStatus.ask(part))] as const),
  ]);
  const archive: Check =
    apart !== undefined && carryOtherIDs(apart) ? { status: 'fail', reason: apart } : { status: 'pass' };
  const found: (readonly [string, Check])[] = [...parts, ['archive', archive]];
  const status = found.every(([, { status }]) => status === 'pass') ? 'pass' : 'fail';
  const warnings = c.get('config').allowAnonymous
    ? ['ALLOW_ANONYMOUS is set: everybody who can reach this archive has access.']
    : [];
  const mayKnow = isPermitted(c, 'administer');
  if (mayKnow && !c.get('config').allowAnonymous) {
    for (const name of unboundCounters({ ...c.env })) {
      warnings.push(`There is no limit ${name}: no [[ratelimits]] of wrangler.toml has this name.`);
    }
  }
  if (mayKnow) warnings.push(...(await warningsOfSizes(c)));
  const verification = mayKnow ? await lastVerification(c) : null;
  if (verification !== null && verification.faults > 0) {
    warnings.push(`The last verification found faults (${verification.faults}): see GET /verification.`);
  }
  const details = mayKnow ? { checks: Object.fromEntries(found), verification } : {};
  return new Response(JSON.stringify({ status, ...details, warnings }), {
    status: status === 'pass' ? 200 : 503,
    headers: { 'Content-Type': 'application/health+json', 'Cache-Control': 'no-store' },
  });
}

/** When the bucket and the index were last compared, and what was found; null: not yet, or the index does not answer. */
async function lastVerification(c: AppContext) {
  const { verification } = c.get('wholeArchive');
  try {
    const [kept, faults, findings] = await Promise.all([
      verification.kept(),
      verification.countFaults(COUNTED_FAULTS),
      verification.findings(NAMED_FINDINGS),
    ]);
    if (kept === undefined) return null;
    const { startedAt, finishedAt } = kept.state;
    const dateTime = (time: number) => new Date(time).toISOString();
    return {
      startedAt: dateTime(startedAt),
      finishedAt: finishedAt === undefined ? null : dateTime(finishedAt),
      faults,
      findings: findings.map(({ foundAt: _, ...finding }) => finding),
    };
  } catch {
    // The checks report this.
    return null;
  }
}

/** None when a database does not answer, or belongs to another archive: the checks report this. */
async function warningsOfSizes(c: AppContext): Promise<string[]> {
  try {
    return databaseWarnings(databaseSizes(await c.get('wholeArchive').status.databaseBytes()));
  } catch {
    return [];
  }
}

const COUNTED_FAULTS = 1000;

/** GET /verification has all of them. */
const NAMED_FINDINGS = 20;

async function check(part: ServicePart, ask: () => Promise<void>): Promise<Check> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const patience = new Promise<Check>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, { status: 'fail', reason: 'no-answer' });
  });
  const asked = ask().then(
    (): Check => ({ status: 'pass' }),
    (error: unknown): Check => {
      logFailure('health-check-failed', error, { part });
      return { status: 'fail', reason: String(error).includes('no such table') ? 'no-schema' : 'error' };
    },
  );
  const answer = await Promise.race([asked, patience]);
  clearTimeout(timer);
  return answer;
}
