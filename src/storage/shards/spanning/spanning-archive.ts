import type { Archive } from '../../../archive/ports';
import { type Viewpoint, WHOLE } from '../../../archive/visibility';
import { keptByViewpoint } from '../../kept-by-viewpoint';
import type { StatementsOf } from '../../statements/d1-client';
import { Directory } from '../directory';
import { LAST_STUDIES, OWN_DATES } from '../directory-sql';
import { checkIdentities } from '../identity';
import { d1Moves } from '../move/d1-moves';
import { Fences } from '../move/fences';
import { NumberedDatabases } from '../move/numbered-databases';
import { PLACES } from '../places';
import { hasPriors, Priors } from '../priors';
import { type OneDatabase, Span } from '../span';
import { spanningCommitments, spanningDeidentifiedStudies, spanningShares } from './spanning-access';
import { spanningIndex } from './spanning-index';
import { spanningRemovals } from './spanning-removals';
import { spanningHolds, spanningRetention } from './spanning-retention';
import { SpanningSearchAttributes } from './spanning-search-attributes';
import { spanningSnapshots } from './spanning-snapshots';
import { spanningAllowance, spanningStatus } from './spanning-status';
import { spanningSweeps } from './spanning-sweeps';
import { spanningIngests, spanningUploads } from './spanning-uploads';
import { spanningVerification } from './spanning-verification';

/** Studies of each database that the hourly run looks up in the directory: the last ones. */
const NOTED_STUDIES = 1000;

interface Contents {
  readonly oldest: string | null;
  readonly newest: string | null;
  readonly uid: string;
}

/**
 * One archive in several databases. A study with all that belongs to it is in one of them; new studies come to the last one. The
 * first one also has what belongs to no study, and the directory of the studies in the others.
 * @param archives what each database makes of the archive, in the order of their numbers
 * @param databases the same databases
 */
export function spanningArchive(archives: readonly OneDatabase[], databases: readonly StatementsOf[]): Archive {
  const [first, second] = databases;
  if (first === undefined || second === undefined)
    throw new TypeError('an archive of several databases has two at least');
  const { name } = archives[0]!;
  const count = databases.length;
  const directory = new Directory(name, first, count);
  const numbered = new NumberedDatabases(databases);
  const fences = new Fences(numbered, directory);
  const check = async () => {
    if (PLACES.isChecked(name, count)) return undefined;
    await checkIdentities({ databases: archives, directory }, Date.now());
    PLACES.rememberChecked(name, count);
    return undefined;
  };

  const whole: Archive = {
    ...partsOf(new Span(archives, directory, fences, check)),
    moves: d1Moves(archives, numbered, directory),
    confinedTo: keptByViewpoint((viewpoint) => (viewpoint === WHOLE ? whole : seen(archives, viewpoint))),
  };
  return whole;

  function seen(before: readonly OneDatabase[], viewpoint: Viewpoint): Archive {
    const views = before.map((one) => one.confinedTo(viewpoint));
    const priors = hasPriors(viewpoint) ? new Priors(archives, before, viewpoint) : undefined;
    const span = new Span(views, directory, fences, async () => (await check()) ?? (await priors?.views()));
    const parts = partsOf(span);
    const confined: Archive = {
      ...parts,
      shares: parts.view === '' ? parts.shares : spanningShares(span, archives[0]!.shares, viewpoint.principal),
      confinedTo: keptByViewpoint((next) => (next === WHOLE ? confined : seen(views, next))),
    };
    return confined;
  }

  function partsOf(span: Span): Omit<Archive, 'confinedTo'> {
    const { confinedTo: _, ...ofFirst } = span.first;
    return {
      ...ofFirst,
      index: spanningIndex(span, numbered),
      searchAttributes: new SpanningSearchAttributes(span),
      removals: spanningRemovals(span),
      holds: spanningHolds(span),
      retention: spanningRetention(span),
      sweeps: spanningSweeps(span, numbered, () => noteContents(numbered, directory)),
      verification: spanningVerification(span),
      snapshots: spanningSnapshots(span),
      commitments: spanningCommitments(span),
      deidentifiedStudies: spanningDeidentifiedStudies(span),
      uploads: spanningUploads(span),
      ingests: spanningIngests(span, databases),
      status: spanningStatus(span),
      ...spanningAllowance(span),
    };
  }
}

/** Notes again what the directory has to know of each database: the directory may have been put back to an earlier time. */
async function noteContents(databases: NumberedDatabases, directory: Directory): Promise<void> {
  for (let number = 1; number <= databases.count; number += 1) {
    const [dates, last] = await databases.transaction<Partial<Contents>>(number, [
      [OWN_DATES],
      [LAST_STUDIES, NOTED_STUDIES],
    ]);
    const { oldest, newest } = dates?.[0] ?? {};
    await directory.noteDates(number, oldest && newest ? [oldest, newest] : [], Date.now());
    const studies = (last ?? []).flatMap(({ uid }) => uid ?? []);
    if (number > 1) await directory.noteStudies(number, studies);
  }
}
