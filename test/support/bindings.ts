import { env } from 'cloudflare:workers';
import type { ArchiveBindings } from '../../src/storage/open-archive';
import { withinLimits } from './production-limits';

/** The test's bindings within production's limits. The code under test must get these. */
export function testBindings(): ArchiveBindings {
  return withinLimits({ database: env.DB, bucket: env.BUCKET, queue: env.COMPACTION });
}
