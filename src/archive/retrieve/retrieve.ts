import { objectPiece, type Piece } from '../body/pieces';
import type { Scope } from '../identities';
import { instanceKey } from '../object-keys';
import type { Archive } from '../ports';
import type { InstanceRow } from '../rows';

/** Rows that one statement asks D1 for. */
const PAGE = 2000;

/**
 * The instances of a scope, in the order in which they were stored.
 * @param limit of instances in one response, since each is one R2 read, and a request may make 10,000 of them
 * @returns null when there are more
 */
export async function instancesOf(archive: Archive, scope: Scope, limit: number): Promise<InstanceRow[] | null> {
  const rows: InstanceRow[] = [];
  for (;;) {
    const page = await archive.index.instances(scope, rows.at(-1)?.id ?? 0, PAGE);
    rows.push(...page);
    if (rows.length > limit) return null;
    if (page.length < PAGE) return rows;
  }
}

/** The Part 10 file, byte for byte as it was received. */
export function instancePieces(row: InstanceRow): Piece[] {
  return [objectPiece(instanceKey(row, row.version, 'dcm'), 0, row.byteLength)];
}
