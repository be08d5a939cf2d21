import type { Archive } from '../archive/ports';
import { d1ApiKeys } from './access/d1-api-keys';
import { d1Sessions } from './access/d1-sessions';
import { d1Shares } from './access/d1-shares';
import { archiveStatus } from './archive-status';
import { backgroundQueue } from './background-queue';
import { d1Answers } from './d1-answers';
import { d1Index } from './d1-index';
import { r2Objects } from './r2-objects';
import { d1Record } from './record/d1-record';
import { d1Removals } from './remove/d1-removals';
import { d1Sweeps } from './remove/d1-sweeps';
import { pagingMarks } from './search/paging-marks';
import { d1SearchAttributes } from './search-attributes/d1-search-attributes';

/** The bindings behind one archive. */
export interface ArchiveBindings {
  readonly database: D1Database;
  readonly bucket: R2Bucket;
  readonly queue: Queue;
}

/**
 * Makes an archive from its bindings.
 * @param name empty for the deployment's own archive
 * @param prefix of the keys of its objects, so that archives may share a bucket; empty or ending in a slash
 */
export function openArchive(
  name: string,
  { database, bucket, queue }: ArchiveBindings,
  prefix = name === '' ? '' : `${name}/`,
): Archive {
  const archive: Archive = {
    name,
    objects: r2Objects(bucket, prefix),
    index: d1Index(database),
    searchAttributes: d1SearchAttributes(database),
    removals: d1Removals(database),
    sweeps: d1Sweeps(database),
    marks: pagingMarks(database),
    background: backgroundQueue(queue, name),
    answers: d1Answers(database),
    status: archiveStatus(database, bucket, queue),
    keys: d1ApiKeys(database),
    sessions: d1Sessions(database),
    shares: d1Shares(database),
    record: d1Record(database),
    confinedTo({ visibility }) {
      if (visibility !== 'everything') throw new TypeError('an archive cannot be confined yet');
      return archive;
    },
  };
  return archive;
}
