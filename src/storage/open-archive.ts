import type { IndexCopies } from '../archive/index-copies';
import type { Archive } from '../archive/ports';
import { type Viewpoint, WHOLE } from '../archive/visibility';
import { d1AccessCopies } from './access/d1-access-copies';
import { d1ApiKeys } from './access/d1-api-keys';
import { d1Sessions } from './access/d1-sessions';
import { d1Sharers } from './access/d1-sharers';
import { d1Shares } from './access/d1-shares';
import { archiveStatus } from './archive-status';
import { d1Record } from './audit/d1-audit-record';
import { backgroundQueue } from './background-queue';
import type { Author } from './commit/author';
import { KnownSeries } from './commit/known-series';
import { storedBy } from './commit/stored-by';
import { d1Answers } from './d1-answers';
import { d1Commitments } from './d1-commitments';
import { d1DeidentifiedStudies } from './d1-deidentified-studies';
import { d1Index } from './index/d1-index';
import { keptByViewpoint } from './kept-by-viewpoint';
import { r2Objects } from './r2-objects';
import { d1Holds } from './remove/d1-holds';
import { d1Removals } from './remove/d1-removals';
import { d1Retention } from './remove/d1-retention';
import { type DatabasePlace, d1Sweeps, ONLY } from './remove/d1-sweeps';
import { pagingMarks } from './search/paging-marks';
import { d1SearchAttributes } from './search-attributes/d1-search-attributes';
import type { OneDatabase } from './shards/span';
import { spanningArchive } from './shards/spanning/spanning-archive';
import { d1Snapshots } from './snapshot/d1-snapshots';
import { copiesOf } from './statements/copies-of';
import { D1Client, primaryOf, type StatementsOf } from './statements/d1-client';
import { d1Ingests } from './upload/d1-ingests';
import { d1UploadSessions } from './upload/d1-upload-sessions';
import { d1Uploads } from './upload/d1-uploads';
import { d1Verification } from './verification/d1-verification';
import { confinedDatabase } from './visibility/confined-database';
import type { Confinement } from './visibility/confinement';
import { RememberedViews } from './visibility/remembered-views';

/** The bindings behind one archive. */
export interface ArchiveBindings {
  readonly database: D1Database;
  readonly bucket: R2Bucket;
  readonly queue: Queue;
  /** Further databases of the archive, in the order of their numbers, from 2. */
  readonly others?: readonly D1Database[];
}

/**
 * Makes an archive from its bindings. Its primary databases answer everything; `nearest` is the same archive for reads that a
 * replica may answer.
 * @param name empty for the deployment's own archive
 * @param count gets the number of statements of each call of D1
 * @param prefix of the keys of its objects, so that archives may share a bucket; empty or ending in a slash
 */
export function openArchive(
  name: string,
  { database, others = [], ...bindings }: ArchiveBindings,
  prefix = name === '' ? '' : `${name}/`,
  count?: (statements: number) => void,
): Archive {
  const clients = [database, ...others].map((each) => new D1Client(each, count));
  const copies = copiesOf(clients);
  const open = (databases: readonly StatementsOf[], isNearest: boolean): Archive => {
    const count = databases.length;
    const archives = databases.map((database, at) => {
      const place = count === 1 ? ONLY : { number: at + 1, count };
      const { apart } = clients[at]!;
      return openDatabase(name, { ...bindings, database, apart, copies, isNearest }, prefix, place);
    });
    return count === 1 ? archives[0]! : spanningArchive(archives, databases);
  };
  return Object.assign(open(clients.map(primaryOf), false), { nearest: open(clients, true) });
}

/** The bindings of one of an archive's databases. */
interface DatabaseBindings extends Omit<ArchiveBindings, 'database' | 'others'> {
  readonly database: StatementsOf;
  /** D1Client.apart. */
  readonly apart: StatementsOf;
  readonly copies: IndexCopies;
  readonly isNearest: boolean;
}

/** An archive of one database, or the part of an archive that is in one of several databases. */
function openDatabase(name: string, bindings: DatabaseBindings, prefix: string, place: DatabasePlace): OneDatabase {
  const { database } = bindings;
  const known = new KnownSeries();
  const views = new RememberedViews();

  /** The archive as a principal sees it. @param before the restrictions of the archive that is confined again; they stay */
  const seen = (before: Confinement, viewpoint: Viewpoint): OneDatabase => {
    const { principal, visibility, labels, quota, storesOnly = false } = viewpoint;
    const confinement = visibility === 'everything' ? before : [...before, visibility];
    const counted = quota !== undefined;
    const author = { principal, labels, confined: confinement.length > 0, counted, storesOnly };
    const parts = author.confined
      ? confinedParts(database, known, views, confinement, author)
      : authoredParts(database, known, author);
    const confined: OneDatabase = {
      ...whole,
      ...parts,
      ...(quota && {
        allowance: { quota, principal, used: (notCounted) => storedBy(database, principal, notCounted) },
      }),
      confinedTo: keptByViewpoint((viewpoint) => (viewpoint === WHOLE ? confined : seen(confinement, viewpoint))),
    };
    return confined;
  };

  const whole: OneDatabase = {
    ...wholeParts(name, bindings, prefix, place),
    index: d1Index(database, { known }),
    confinedTo: keptByViewpoint((viewpoint) => (viewpoint === WHOLE ? whole : seen([], viewpoint))),
  };
  return whole;
}

/** The parts that differ for a principal that sees everything: its stores carry its name. */
function authoredParts(database: StatementsOf, known: KnownSeries, author: Author): Partial<OneDatabase> {
  const { principal, storesOnly = false } = author;
  return {
    index: d1Index(database, { known, commits: () => ({ database, author }) }),
    ...(storesOnly && { commitments: d1Commitments(database, { principal, storesOnly }) }),
  };
}

/** The parts that differ for a principal that sees a part of the archive. */
function confinedParts(
  database: StatementsOf,
  known: KnownSeries,
  views: RememberedViews,
  confinement: Confinement,
  author: Author,
): Partial<OneDatabase> {
  const { principal, storesOnly = false } = author;
  const key = JSON.stringify(confinement);
  const view = views.seen(key, confinement);
  const through = confinedDatabase(database, view);
  // Made when it is first needed: most requests store nothing.
  const asStored: StatementsOf = {
    withSession: (constraint) =>
      confinedDatabase(database, views.storing(key, confinement, principal)).withSession(constraint),
  };
  return {
    view: key,
    index: d1Index(through, { known, commits: () => ({ database: asStored, author }), view }),
    commitments: d1Commitments(asStored, { principal, confined: true, storesOnly }),
    deidentifiedStudies: d1DeidentifiedStudies(through),
    removals: d1Removals(through, true),
    shares: d1Shares(through, principal),
  };
}

/** The parts of the archive in one database, for a principal that sees everything. */
function wholeParts(
  name: string,
  { database, apart, bucket, queue, copies, isNearest }: DatabaseBindings,
  prefix: string,
  place: DatabasePlace,
): Omit<OneDatabase, 'index' | 'confinedTo'> {
  return {
    name,
    view: '',
    copies,
    isNearest,
    objects: r2Objects(bucket, prefix),
    searchAttributes: d1SearchAttributes(database),
    removals: d1Removals(database),
    holds: d1Holds(database),
    retention: d1Retention(database),
    sweeps: d1Sweeps(database, place),
    verification: d1Verification(database),
    snapshots: d1Snapshots(database),
    marks: pagingMarks(database),
    background: backgroundQueue(queue, name),
    answers: d1Answers(database),
    commitments: d1Commitments(database),
    deidentifiedStudies: d1DeidentifiedStudies(database),
    uploads: d1Uploads(database),
    ingests: d1Ingests(database),
    uploadSessions: d1UploadSessions(database),
    status: archiveStatus(database, bucket, queue),
    keys: d1ApiKeys(database),
    sessions: d1Sessions(database),
    shares: d1Shares(database),
    sharers: d1Sharers(database),
    accessCopies: d1AccessCopies(database),
    record: d1Record(apart),
  };
}
