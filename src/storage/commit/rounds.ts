import type { InstanceRecord } from '../../archive/commit-group';

/**
 * When a group has an instance several times with other content, each one replaces the one before by statements of its
 * own. The first round holds the first content of each instance, and the later rounds hold what replaces them.
 */
export function rounds(instances: readonly InstanceRecord[]): InstanceRecord[][] {
  const found: InstanceRecord[][] = [];
  const last = new Map<string, { readonly digest: string; readonly round: number }>();
  for (const instance of instances) {
    const { studyInstanceUID, seriesInstanceUID, sopInstanceUID, digest } = instance;
    const key = `${studyInstanceUID}/${seriesInstanceUID}/${sopInstanceUID}`;
    const before = last.get(key) ?? { digest, round: 0 };
    const round = before.digest === digest ? before.round : before.round + 1;
    last.set(key, { digest, round });
    found[round] ??= [];
    found[round].push(instance);
  }
  return found;
}
