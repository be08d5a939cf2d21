import type { InstancesAndBytes } from '../../archive/archive-status';
import type { StatementsOf } from '../statements/d1-client';
import { retrying } from '../statements/retries';
import { senderNumber } from './sender-number';
import { senderHeld } from './sql/sender-sql';

/**
 * What a principal with a quota takes up.
 * @param notCounted Study Instance UIDs whose rows in this database do not count
 */
export async function storedBy(
  database: StatementsOf,
  principal: string,
  notCounted?: readonly string[],
): Promise<InstancesAndBytes> {
  const { sql, parameters } = senderHeld(principal, await senderNumber(principal), notCounted);
  const statement = database
    .withSession('first-primary')
    .prepare(sql)
    .bind(...parameters);
  const { results } = await retrying(() => statement.all<InstancesAndBytes>());
  return results[0] ?? { instances: 0, bytes: 0 };
}
