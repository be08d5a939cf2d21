import type { InstancesAndBytes } from '../../archive/archive-status';
import type { StatementsOf } from '../d1-client';
import { retrying } from '../retries';
import { senderNumber } from './sender-number';
import { SENDER_HELD } from './sender-sql';

/** What a principal with a quota takes up. */
export async function storedBy(database: StatementsOf, principal: string): Promise<InstancesAndBytes> {
  const statement = database
    .withSession('first-primary')
    .prepare(SENDER_HELD)
    .bind(principal, await senderNumber(principal));
  const { results } = await retrying(() => statement.all<InstancesAndBytes>());
  return results[0] ?? { instances: 0, bytes: 0 };
}
