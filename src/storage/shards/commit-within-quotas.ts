import type { InstancesAndBytes } from '../../archive/archive-status';
import type { CommitGroup, CommitOutcome, InstanceRecord, Quotas } from '../../archive/commit-group';
import type { StoreQuota } from '../../archive/visibility';
import { confinedTo } from '../commit/commit-rehearsal';
import type { StatementsOf } from '../statements/d1-client';
import { ElsewhereError, RETRIES } from '../statements/retries';
import { type Reservation, type Reserved, reservationFor } from './quota-reservations';
import type { OneDatabase, Span } from './span';

/** Looks at the quotas while requests before this one leave no room: they may end without storing all that they have reserved. */
const LOOKS = 6;

/** Milliseconds between two of them. */
const PAUSE_MS = 150;

/**
 * Commits a group whose studies are in one of the databases, as far as the quotas of the archive and of the sender
 * leave room in all databases together, whatever requests at the same time store.
 * @param first the first database
 * @throws ElsewhereError when nothing was kept
 */
export async function commitWithinQuotas(
  span: Span,
  number: number,
  group: CommitGroup,
  first: StatementsOf,
): Promise<readonly CommitOutcome[]> {
  const { quotas } = group;
  const { index } = span.at(number);
  if (quotas?.archive === undefined && quotas?.sender === undefined) return await index.commit(group);
  const principal = quotas.sender && span.first.allowance?.principal;
  const reservation = reservationFor(first, group, principal);
  try {
    const outcomes = await commitReserved(span, number, group, reservation);
    await reservation.settle();
    return outcomes;
  } catch (error) {
    // After another error the commit may still take place: then the reservation counts until it expires.
    if (error instanceof ElsewhereError) await reservation.settle();
    throw error;
  }
}

async function commitReserved(
  span: Span,
  number: number,
  group: CommitGroup,
  reservation: Reservation,
): Promise<readonly CommitOutcome[]> {
  const outcomes = new Map<InstanceRecord, CommitOutcome>();
  let left = group.instances;
  for (let look = 1; ; look += 1) {
    const reserved = await reservation.look();
    const part = left.length === group.instances.length ? group : confinedTo(group, left);
    const quotas = await quotasAt(span, number, group, reserved);
    const found = await span.at(number).index.commit({ ...part, quotas });
    for (const [at, instance] of left.entries()) outcomes.set(instance, found[at]!);
    left = left.filter((_, at) => found[at]!.result === 'out-of-space');
    if (left.length === 0 || reserved.instances === 0 || look === LOOKS) break;
    await RETRIES.pause(PAUSE_MS);
  }
  return group.instances.map((instance) => outcomes.get(instance)!);
}

/**
 * What the quotas leave for one of the databases, beside what the others hold and what requests before this one may
 * still store.
 */
async function quotasAt(
  span: Span,
  number: number,
  { quotas = {} }: CommitGroup,
  { until, notCounted, ...reserved }: Reserved,
): Promise<Quotas> {
  const { archive, sender } = quotas;
  const heldByOthers = async (
    held: (of: OneDatabase, notCounted: readonly string[] | undefined) => Promise<InstancesAndBytes> | undefined,
  ) => await span.each(async (database, at) => (at === number ? undefined : await held(database, notCounted.get(at))));
  const ofSender = { instances: reserved.instancesOfSender, bytes: reserved.bytesOfSender };
  const own = notCounted.get(number);
  return {
    until,
    ...(own && { notCounted: own }),
    ...(archive && {
      archive: without(archive, [reserved, ...(await heldByOthers(({ status }, studies) => status.size(studies)))]),
    }),
    ...(sender && {
      sender: without(sender, [
        ofSender,
        ...(await heldByOthers(({ allowance }, studies) => allowance?.used(studies))),
      ]),
    }),
  };
}

function without({ instances, bytes }: StoreQuota, held: readonly (InstancesAndBytes | undefined)[]): StoreQuota {
  const sum = (of: keyof InstancesAndBytes) => held.reduce((before, one) => before + (one?.[of] ?? 0), 0);
  return {
    ...(instances !== undefined && { instances: instances - sum('instances') }),
    ...(bytes !== undefined && { bytes: bytes - sum('bytes') }),
  };
}
