import type { InstancesAndBytes } from '../../archive/archive-status';
import type { StatementsOf } from '../d1-client';
import { retrying } from '../retries';
import { STORED_TOTAL } from './sender-sql';

/** What a principal has stored since it has a quota. */
export async function storedBy(database: StatementsOf, principal: string): Promise<InstancesAndBytes> {
  const statement = database.withSession('first-primary').prepare(STORED_TOTAL).bind(principal);
  const { results } = await retrying(() => statement.all<InstancesAndBytes>());
  return results[0] ?? { instances: 0, bytes: 0 };
}
