import type { Verification } from '../archive/verification/verification';
import { newVerification, type VerificationBudget, verifyStep } from '../archive/verification/verify-archive';
import { jsonBody } from '../auth/json-body';
import type { AppContext } from '../dicomweb/context';
import { HttpProblem } from '../http/problem';

/** The work of one POST: a few seconds. */
const STEP: VerificationBudget = { pages: 12, bytes: 256 * 1024 ** 2 };

/** Findings that an answer lists. */
const LISTED = 1000;

/** GET /verification: the verification that is under way or the last one, and what was found. */
export async function showVerification(c: AppContext): Promise<Response> {
  return await answer(c, (await c.get('archive').verification.kept())?.state);
}

/**
 * POST /verification: continues the verification that is under way, or begins one. A client repeats the request until
 * `finishedAt` is set; when it stops, the hourly run goes on. Members of the body: `digests` false compares lengths alone;
 * `restart` true begins again.
 */
export async function continueVerification(c: AppContext): Promise<Response> {
  const { digests = true, restart = false } = await jsonBody(c, ['digests', 'restart']);
  if (typeof digests !== 'boolean' || typeof restart !== 'boolean') {
    throw new HttpProblem('bad-request', 'digests and restart must be true or false.');
  }
  const archive = c.get('archive');
  const now = Date.now();
  const kept = await archive.verification.kept();
  if (kept === undefined || kept.state.finishedAt !== undefined || restart) {
    await archive.verification.keep(newVerification(now, digests), kept?.revision ?? 0);
  }
  return await answer(c, await verifyStep(archive, now, STEP));
}

async function answer(c: AppContext, state: Verification | undefined): Promise<Response> {
  const { verification } = c.get('archive');
  const findings = await verification.findings(LISTED);
  const body = {
    verification: state === undefined ? null : shown(state),
    faults: await verification.countFaults(LISTED),
    findings: findings.map(({ foundAt, ...finding }) => ({ ...finding, foundAt: dateTime(foundAt) })),
  };
  return Response.json(body, { headers: { 'Cache-Control': 'no-store' } });
}

function shown({ startedAt, finishedAt, digests, phase, checked, bytesRead }: Verification) {
  return {
    startedAt: dateTime(startedAt),
    finishedAt: finishedAt === undefined ? null : dateTime(finishedAt),
    digests,
    phase,
    checked,
    bytesRead,
  };
}

/** ISO 8601, UTC. */
function dateTime(time: number): string {
  return new Date(time).toISOString();
}
