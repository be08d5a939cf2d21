import type { Archive } from '../../../src/archive/ports';
import { newVerification, verifyStep } from '../../../src/archive/verification/verify-archive';
import { DAY } from './sweeps';

/** Verifies a whole archive and reads every file, some days later: no object is recent. @returns what it found */
export async function findingsOf(archive: Archive, days = 2): Promise<string[]> {
  const now = Date.now() + days * DAY;
  await archive.verification.keep(newVerification(now, true), (await archive.verification.kept())?.revision ?? 0);
  const all = { pages: 1000, bytes: Number.POSITIVE_INFINITY };
  for (let state = await verifyStep(archive, now, all); state?.finishedAt === undefined; )
    state = await verifyStep(archive, now, all);
  const findings = await archive.verification.findings(1000);
  return findings.map(({ kind, subject }) => `${kind} ${subject}`);
}
