import { env } from 'cloudflare:workers';
import type { ArchiveBindings } from '../../src/storage/open-archive';
import { withinLimits } from './production-limits';

/** The test's bindings within production's limits: what the code under test is to get. */
export function testBindings(): ArchiveBindings {
  return withinLimits({ database: env.DB, bucket: env.BUCKET, queue: env.COMPACTION });
}
