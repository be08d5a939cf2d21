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
import { copiesOf } from './copies-of';
import { d1Answers } from './d1-answers';
import { D1Client, primaryOf, type StatementsOf } from './d1-client';
import { d1Commitments } from './d1-commitments';
import { d1DeidentifiedStudies } from './d1-deidentified-studies';
import { d1Index } from './d1-index';
import { r2Objects } from './r2-objects';
import { d1Holds } from './remove/d1-holds';
import { d1Removals } from './remove/d1-removals';
import { d1Retention } from './remove/d1-retention';
import { type DatabasePlace, d1Sweeps, ONLY } from './remove/d1-sweeps';
import { pagingMarks } from './search/paging-marks';
import { d1SearchAttributes } from './search-attributes/d1-search-attributes';
import type { OneDatabase } from './shards/span';
import { spanningArchive } from './shards/spanning-archive';
import { d1Snapshots } from './snapshot/d1-snapshots';
import { d1Ingests } from './upload/d1-ingests';
import { d1UploadSessions } from './upload/d1-upload-sessions';
import { d1Uploads } from './upload/d1-uploads';
import { d1Verification } from './verification/d1-verification';
import { confinedDatabase } from './visibility/confined-database';
import type { Confinement } from './visibility/confinement';
import { forStores, type View, viewOf } from './visibility/view';

/** The bindings behind one archive. */
export interface ArchiveBindings {
  readonly database: D1Database;
  readonly bucket: R2Bucket;
  readonly queue: Queue;
  /** Further databases of the archive, in the order of their numbers, from 2. */
  readonly others?: readonly D1Database[];
}

/** What an archive's restrictions make of its tables. */
interface Views {
  /** For all but stores. */
  readonly seen: View;
  /** By the principal that stores. */
  readonly stored: Map<string, View>;
}

/** Confinements that an isolate remembers for an archive. */
const REMEMBERED = 100;

/** Characters of a confinement that is remembered: those with the patients of many studies are not. */
const LONGEST_REMEMBERED = 50_000;

/**
 * Makes an archive from its bindings. Its primary databases answer everything; `nearest` is the same archive for reads that a
 * replica may answer.
 * @param name empty for the deployment's own archive
 * @param prefix of the keys of its objects, so that archives may share a bucket; empty or ending in a slash
 */
export function openArchive(
  name: string,
  { database, others = [], ...bindings }: ArchiveBindings,
  prefix = name === '' ? '' : `${name}/`,
): Archive {
  const clients = [database, ...others].map((each) => new D1Client(each));
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

/** What is behind one of an archive's databases. */
interface DatabaseBindings extends Omit<ArchiveBindings, 'database' | 'others'> {
  readonly database: StatementsOf;
  /** D1Client.apart. */
  readonly apart: StatementsOf;
  readonly copies: IndexCopies;
  readonly isNearest: boolean;
}

/** An archive of one database, or what one of several makes of it. */
function openDatabase(
  name: string,
  { database, apart, bucket, queue, copies, isNearest }: DatabaseBindings,
  prefix: string,
  place: DatabasePlace,
): OneDatabase {
  const known = new KnownSeries();
  const views = new Map<string, Views>();
  const viewsOf = (key: string, confinement: Confinement): Views => {
    const found = views.get(key) ?? { seen: viewOf(confinement), stored: new Map() };
    if (key.length <= LONGEST_REMEMBERED) views.set(key, found);
    const [oldest] = views.keys();
    if (views.size > REMEMBERED && oldest !== undefined) views.delete(oldest);
    return found;
  };
  const storesView = (key: string, confinement: Confinement, principal: string): View => {
    const { stored } = viewsOf(key, confinement);
    const view = stored.get(principal) ?? viewOf(forStores(confinement, principal));
    if (stored.size < REMEMBERED) stored.set(principal, view);
    return view;
  };

  /** The archive through restrictions that add up; `before` are those of the archive that is confined again. */
  const seen = (before: Confinement, viewpoint: Viewpoint): OneDatabase => {
    const { principal, visibility, labels, quota, storesOnly = false } = viewpoint;
    const confinement = visibility === 'everything' ? before : [...before, visibility];
    const author: Author = { principal, labels, confined: confinement.length > 0, counted: quota !== undefined };
    const confined: OneDatabase = {
      ...whole,
      ...partsOf(confinement, author, storesOnly),
      ...(quota && {
        allowance: { quota, principal, used: (notCounted) => storedBy(database, principal, notCounted) },
      }),
      confinedTo: keptByViewpoint((viewpoint) => (viewpoint === WHOLE ? confined : seen(confinement, viewpoint))),
    };
    return confined;
  };

  const partsOf = (confinement: Confinement, author: Author, storesOnly: boolean): Partial<OneDatabase> => {
    const { principal } = author;
    if (!author.confined) {
      return {
        index: d1Index(database, { known, commits: () => ({ database, author }) }),
        ...(storesOnly && { commitments: d1Commitments(database, { principal, storesOnly }) }),
      };
    }
    const view = JSON.stringify(confinement);
    const tables = viewsOf(view, confinement).seen;
    const through = confinedDatabase(database, tables);
    // Made when it is first needed: most requests store nothing.
    const asStored: StatementsOf = {
      withSession: (constraint) =>
        confinedDatabase(database, storesView(view, confinement, author.principal)).withSession(constraint),
    };
    return {
      view,
      index: d1Index(through, { known, commits: () => ({ database: asStored, author }), view: tables }),
      commitments: d1Commitments(asStored, { principal, confined: true, storesOnly }),
      deidentifiedStudies: d1DeidentifiedStudies(through),
      removals: d1Removals(through, true),
      shares: d1Shares(through, author.principal),
    };
  };

  const whole: OneDatabase = {
    name,
    view: '',
    copies,
    isNearest,
    objects: r2Objects(bucket, prefix),
    index: d1Index(database, { known }),
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
    confinedTo: keptByViewpoint((viewpoint) => (viewpoint === WHOLE ? whole : seen([], viewpoint))),
  };
  return whole;
}

/** The gate keeps the viewpoints of a principal, so that its requests do not make the same objects again. */
function keptByViewpoint(make: OneDatabase['confinedTo']): OneDatabase['confinedTo'] {
  const kept = new WeakMap<Viewpoint, OneDatabase>();
  return (viewpoint) => {
    const known = kept.get(viewpoint);
    if (known !== undefined) return known;
    const made = make(viewpoint);
    kept.set(viewpoint, made);
    return made;
  };
}
