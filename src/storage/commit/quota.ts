import type { InstancesAndBytes } from '../../archive/archive-status';
import type { CommitGroup, CommitOutcome, InstanceRecord } from '../../archive/commit-group';
import type { StoreQuota } from '../../archive/visibility';
import type { Statements } from '../statements/d1-client';
import { BeyondQuotaError, retrying } from '../statements/retries';
import type { Fragment } from '../statements/sql-fragment';
import type { Author } from './author';
import { confinedTo } from './commit-rehearsal';
import { identicalAmong } from './known-states';
import { senderNumber } from './sender-number';
import { archiveHeld, refuseAfter, refuseBeyond, senderHeld } from './sql/sender-sql';

/** Commits of one group, each with less of it, while others use up the room at the same time. */
const COMMITS = 4;

/**
 * Commits a group as far as the quotas leave room, in the order of its instances. When the transaction says that the group is too
 * much, what fits now is committed.
 * @param commit commits some of the group in one transaction
 * @throws what `commit` throws, except BeyondQuotaError
 */
export async function withinQuota(
  database: Statements,
  group: CommitGroup,
  author: Author,
  commit: (group: CommitGroup) => Promise<CommitOutcome[]>,
): Promise<CommitOutcome[]> {
  let some = author.principal === '' ? group : await withSender(group, author);
  const { instances } = some;
  const outcomes = new Map<InstanceRecord, CommitOutcome>();
  for (let left = COMMITS; left > 0 && some.instances.length > 0; left -= 1) {
    try {
      const found = await commit(some);
      for (const [at, instance] of some.instances.entries()) outcomes.set(instance, found[at]!);
      break;
    } catch (error) {
      if (!(error instanceof BeyondQuotaError)) throw error;
      // What is stored already takes no room, however little there is: its sender may not have received the answer.
      const known = await identicalAmong(database, some.instances);
      for (const [instance, outcome] of known) outcomes.set(instance, outcome);
      const others = some.instances.filter((instance) => !known.has(instance));
      some = confinedTo(some, await fitting(database, { ...some, instances: others }, author));
    }
  }
  return instances.map((instance) => outcomes.get(instance) ?? { result: 'out-of-space', seriesSegments: 0 });
}

async function withSender(group: CommitGroup, { principal, counted }: Author): Promise<CommitGroup> {
  const number = await senderNumber(principal);
  const sender = counted ? number : -number;
  return { ...group, instances: group.instances.map((instance) => ({ ...instance, sender })) };
}

/** The statements that end a commit. */
export async function quotaStatements({ quotas }: CommitGroup, { principal, counted }: Author): Promise<Fragment[]> {
  const { archive, sender, notCounted, until } = quotas ?? {};
  const number = counted && sender && (await senderNumber(principal));
  return [
    ...(until === undefined ? [] : [refuseAfter(until)]),
    ...(archive ? [refuseBeyond(archiveHeld(notCounted), ...limitsOf(archive))] : []),
    ...(number && sender ? [refuseBeyond(senderHeld(principal, number, notCounted), ...limitsOf(sender))] : []),
  ];
}

/** null: no limit. */
function limitsOf({ instances, bytes }: StoreQuota): [instances: number | null, bytes: number | null] {
  const limit = (value = Number.POSITIVE_INFINITY) => (Number.isFinite(value) ? value : null);
  return [limit(instances), limit(bytes)];
}

/** The instances of a group for which there is room now, in the order of the group. */
async function fitting(
  database: Statements,
  { instances, quotas }: CommitGroup,
  { principal }: Author,
): Promise<InstanceRecord[]> {
  const held = [
    archiveHeld(quotas?.notCounted),
    senderHeld(principal, await senderNumber(principal), quotas?.notCounted),
  ];
  const statements = held.map(({ sql, parameters }) => database.prepare(sql).bind(...parameters));
  const [archive, sender] = await retrying(() => database.batch<InstancesAndBytes>(statements));
  const rooms = [
    { quota: quotas?.archive ?? {}, held: archive?.results[0] },
    { quota: quotas?.sender ?? {}, held: sender?.results[0] },
  ];
  const left = (of: keyof InstancesAndBytes) =>
    Math.min(...rooms.map(({ quota, held }) => (quota[of] ?? Number.POSITIVE_INFINITY) - (held?.[of] ?? 0)));
  let [room, places] = [left('bytes'), left('instances')];
  return instances.filter(({ byteLength }) => {
    if (places < 1 || byteLength > room) return false;
    room -= byteLength;
    places -= 1;
    return true;
  });
}
