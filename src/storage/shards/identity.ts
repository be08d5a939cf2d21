import type { ArchiveIdentity } from '../../archive/remove/sweep-index';
import { UnavailableError } from '../../archive/unavailable';
import { forEach } from './at-once';
import type { OneDatabase, Span } from './span';

/*
 * Which databases belong to an archive. Each carries the archive's id and its own number, and the first one says how many there
 * are. A database that comes in addition is empty and carries no id; it gets both before a study is stored there.
 */

/**
 * The id of the archive, and whether its databases belong together. The id is not confirmed while an added database has
 * none. This does not use `span.each`, which calls it.
 */
export async function identityOf(span: Pick<Span, 'databases'>): Promise<ArchiveIdentity | undefined> {
  const identity = await look(span);
  // Between two of these questions, another request may have given a database its number and stored there.
  return identity?.misplaced === undefined ? identity : await look(span);
}

async function look({ databases }: Pick<Span, 'databases'>): Promise<ArchiveIdentity | undefined> {
  // The first database lists another one only after that one has its number, so the first one is asked first.
  const first = await databases[0]?.sweeps.identity();
  const others = await forEach(databases.slice(1), ({ sweeps }) => sweeps.identity());
  if (first === undefined) return others.some((one) => one !== undefined) ? OTHER : undefined;
  if (first.misplaced !== undefined) return first;
  const known = first.databases ?? 1;
  for (const [at, identity] of others.entries()) {
    const misplaced = await misplacedAt(databases[at + 1]!, identity, first.archiveID, at + 2 <= known);
    if (misplaced !== undefined) return { ...first, misplaced };
  }
  const moments = [first, ...others].flatMap((identity) => identity?.moments ?? [0]);
  return { ...first, moments, confirmed: first.confirmed && known >= databases.length };
}

/** The first database is one that knows nothing of the others. */
const OTHER: ArchiveIdentity = { archiveID: '', confirmed: false, moments: [0], misplaced: 'missing-database' };

async function misplacedAt(
  { snapshots }: OneDatabase,
  identity: ArchiveIdentity | undefined,
  archiveID: string,
  isKnown: boolean,
): Promise<ArchiveIdentity['misplaced']> {
  if (identity === undefined) {
    if (isKnown) return 'missing-database';
    return (await snapshots.isEmpty()) ? undefined : 'other-database';
  }
  return identity.misplaced ?? (identity.archiveID === archiveID ? undefined : 'other-database');
}

/**
 * Gives databases that have come in addition, or that begin with a new archive, the archive's id, not confirmed, and their
 * numbers. May be interrupted and run again.
 * @param from the first of them
 * @param now milliseconds since 1970
 */
export async function adopt({ databases, directory }: Adopting, archiveID: string, from: number, now: number) {
  for (let number = from; number <= databases.length; number += 1) {
    const { sweeps } = databases[number - 1]!;
    await sweeps.giveIdentity(archiveID);
    // All dates that it has are noted before they are there.
    await directory.noteDates(number, [], 0);
    await copyAttributes(databases[0]!, databases[number - 1]!, now);
  }
  await directory.keepCount(databases.length);
}

/**
 * Makes the configured search attributes known to an empty database. The re-index job does the rest for a database that
 * is not empty.
 */
async function copyAttributes(first: OneDatabase, to: OneDatabase, now: number): Promise<void> {
  const names = (await first.searchAttributes.state()).attributes.map(({ name }) => name);
  if (names.length === 0 || !(await to.searchAttributes.add(names, now))) return;
  if (await to.snapshots.isEmpty()) await to.searchAttributes.complete({ seriesRow: 0, sopInstanceUID: null }, now);
}

type Adopting = Pick<Span, 'databases' | 'directory'>;

/**
 * Checks that the databases belong together: otherwise a study could seem not to be there, or be stored in a wrong place. Gives
 * one that has come in addition its number. Those of an archive that has not begun carry nothing yet.
 * @throws UnavailableError
 */
export async function checkIdentities(span: Adopting, now: number): Promise<void> {
  const identity = await identityOf(span);
  if (identity === undefined) return;
  const { misplaced, databases = 1, archiveID } = identity;
  if (misplaced !== undefined) throw new UnavailableError(`the archive has a ${misplaced}`);
  if (databases >= span.databases.length) return;
  await adopt(span, archiveID, databases + 1, now);
  for (const { sweeps } of span.databases.slice(databases)) await sweeps.confirmIdentity(archiveID, now);
}
