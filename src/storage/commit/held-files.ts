import type { InstanceIdentity } from '../../archive/identities';
import type { HeldFile } from '../../archive/rows';
import { identitiesJSON } from '../index/d1-rows';
import { DIGEST, TRANSFER_SYNTAX_UID } from '../instance-form';
import type { Statements } from '../statements/d1-client';
import { retrying } from '../statements/retries';
import { JOIN_NAMED_INSTANCE } from './sql/instance-sql';

/** ?1: instances. */
const SELECT_HELD = `
SELECT study.study_instance_uid AS studyInstanceUID, series.series_instance_uid AS seriesInstanceUID,
  instance.sop_instance_uid AS sopInstanceUID, instance.version, instance.byte_length AS byteLength,
  ${DIGEST} AS digest, ${TRANSFER_SYNTAX_UID} AS transferSyntaxUID
FROM json_each(?1) AS j ${JOIN_NAMED_INSTANCE}`;

/** @see ArchiveIndex.held. @param database the primary: a copy of it may still have a file that was replaced */
export async function heldFiles(
  database: Statements,
  instances: readonly InstanceIdentity[],
): Promise<readonly HeldFile[]> {
  const identities = identitiesJSON(instances);
  if (identities.length === 0) return [];
  const statements = identities.map((some) => database.prepare(SELECT_HELD).bind(some));
  const found = await retrying(() => database.batch<HeldFile>(statements));
  return found.flatMap(({ results }) => results);
}
