import type { ArchiveStatus } from '../archive/ports';

/** Whether the services behind an archive answer. A failed call is not tried again: a monitor asks again by itself. */
export function archiveStatus(database: D1Database, bucket: R2Bucket, queue: Queue): ArchiveStatus {
  const questions = {
    database: () => database.prepare('SELECT id FROM study LIMIT 1').first(),
    bucket: () => bucket.head('health'),
    queue: () => queue.metrics(),
  };
  return {
    async ask(part) {
      await questions[part]();
    },
  };
}
