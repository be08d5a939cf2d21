import { env } from 'cloudflare:workers';
import { describe } from 'vitest';
import type { ServicePart } from '../../src/archive/archive-status';
import type { QueueMessage } from '../../src/archive/background-messages';
import type { Archive } from '../../src/archive/ports';
import { type ArchiveBindings, openArchive } from '../../src/storage/open-archive';
import { r2Objects } from '../../src/storage/r2-objects';
import { withArchive } from '../support/archive/with-archive';
import { plainBindings, testBindings } from '../support/platform/bindings';
import { failing, type Operation } from '../support/platform/failing';
import { memoryObjects } from '../support/platform/memory-objects';
import { nearBucket } from '../support/platform/near-bucket';
import { replacing } from '../support/platform/replacing';
import { apiKeysContract } from './api-keys';
import { archiveIndexContract } from './archive-index';
import { archiveStatusContract, archiveTotalsContract } from './archive-status';
import { auditRecordContract } from './audit-record';
import { type AskedWork, backgroundQueueContract } from './background-queue';
import { commitmentsBoundContract, commitmentsContract } from './commitments';
import { deidentifiedStudiesContract } from './deidentified-studies';
import { ingestsContract } from './ingests';
import { keptAnswersContract } from './kept-answers';
import { objectStoreContract } from './object-store';
import { pagingMarksContract } from './paging-marks';
import { removalIndexContract } from './removal-index';
import { searchAttributeIndexContract } from './search-attribute-index';
import { sessionsContract } from './sessions';
import { sharesContract, shareUsesContract } from './shares';
import { snapshotIndexContract } from './snapshot-index';
import { sweepIndexContract } from './sweep-index';
import { uploadsContract } from './uploads';
import { verificationIndexContract } from './verification-index';

/** Every third operation is carried out, and its answer is lost: each has to bear being done twice. */
function losingAnswers(): ArchiveBindings {
  const lost: Partial<Record<Operation, string>> = {
    query: 'D1_ERROR: Network connection lost.',
    batch: 'D1_ERROR: Network connection lost.',
    put: 'put: We encountered an internal error. Please try again. (10001)',
    get: 'get: We encountered an internal error. Please try again. (10001)',
    delete: 'delete: We encountered an internal error. Please try again. (10001)',
    part: 'uploadPart: We encountered an internal error. Please try again. (10001)',
  };
  let operations = 0;
  return failing(testBindings(), (operation) => {
    const message = lost[operation];
    if (message === undefined) return undefined;
    operations += 1;
    return operations % 3 === 1 ? { message, when: 'after' } : undefined;
  });
}

withArchive();

describe.each([
  { name: 'R2 and D1 within the limits of production', bindings: testBindings, objects: 1005 },
  // Each answer that is lost costs a pause.
  { name: 'R2 and D1 that lose answers', bindings: losingAnswers, objects: 5 },
])('$name', ({ name, bindings, objects }) => {
  const open = (): Archive => openArchive('contract', bindings());
  objectStoreContract(name, () => open().objects, objects);
  archiveIndexContract(name, () => open().index);
  removalIndexContract(name, open);
  sweepIndexContract(name, open);
  verificationIndexContract(name, open);
  snapshotIndexContract(name, open);
  searchAttributeIndexContract(name, open);
  keptAnswersContract(name, () => open().answers);
  commitmentsContract(name, open);
  deidentifiedStudiesContract(name, open);
  apiKeysContract(name, () => open().keys);
  pagingMarksContract(name, () => open().marks);
  sessionsContract(name, () => open().sessions);
  archiveTotalsContract(name, open);
  auditRecordContract(name, open);
  sharesContract(name, () => open().shares);
  uploadsContract(name, open);
  ingestsContract(name, open);
});

commitmentsBoundContract(() => openArchive('contract', testBindings()));
shareUsesContract(() => openArchive('contract', testBindings()).shares);

objectStoreContract('memory', memoryObjects, 1005);
objectStoreContract('R2 in memory, for faults', () => r2Objects(nearBucket(), 'contract/'), 1005);

/** A queue whose messages are not delivered. */
function watchedQueue() {
  const asked: AskedWork[] = [];
  const queue = replacing(env.COMPACTION, {
    sendBatch: async (messages: Iterable<MessageSendRequest<QueueMessage>>, options?: QueueSendBatchOptions) => {
      const batch = [...messages];
      if (batch.length === 0 || batch.length > 100) throw new Error('a queue takes 1 to 100 messages a call');
      asked.push(...batch.map(({ body, delaySeconds }) => workOf(body, delaySeconds ?? options?.delaySeconds ?? 0)));
    },
  });
  return { queue: openArchive('contract', { ...plainBindings(), queue }).background, asked: () => asked };
}

function workOf(body: QueueMessage, delaySeconds: number): AskedWork {
  const kind = 'kind' in body ? body.kind : 'compaction';
  if ('upload' in body) return { kind, upload: body.upload, delaySeconds };
  if (!('studyInstanceUID' in body)) return { kind, delaySeconds };
  const { studyInstanceUID, seriesInstanceUID } = body;
  return { kind, series: { studyInstanceUID, seriesInstanceUID }, delaySeconds };
}

backgroundQueueContract('a Cloudflare queue', watchedQueue);

archiveStatusContract('R2, D1 and a queue', (broken) => {
  const fails = (part: ServicePart) => () => Promise.reject(new Error(`${part} is broken`));
  const { database, bucket, queue } = plainBindings();
  const silent = { prepare: () => ({ bind: () => ({ all: fails('database') }) }), getBookmark: () => null };
  const alive = replacing(queue, { metrics: async () => ({ backlogCount: 0 }) });
  return openArchive('contract', {
    database: broken === 'database' ? replacing(database, { withSession: () => silent }) : database,
    bucket: broken === 'bucket' ? replacing(bucket, { head: fails('bucket') }) : bucket,
    queue: broken === 'queue' ? replacing(queue, { metrics: fails('queue') }) : alive,
  }).status;
});
