import { digestOf } from '../../archive/bytes';
import type { Scope } from '../../archive/identities';
import { instancePieces } from '../../archive/retrieve/retrieve';
import { zipPieces } from '../../archive/retrieve/zip';
import type { InstanceRow } from '../../archive/rows';
import { ZIP } from '../answer/offers';
import { respond } from '../answer/respond';
import type { AppContext } from '../context';

/**
 * Answers with a study, a series or an instance as one ZIP file (PS3.18 8.6.1.3) of its files as stored. Files are
 * named by UIDs: `<SeriesInstanceUID>/<SOPInstanceUID>.dcm`. So no name contains patient data, the ZIP file of a study
 * and those of its series use the same names, and a path fits into the limit of Windows.
 */
export async function respondZip(c: AppContext, scope: Scope, rows: readonly InstanceRow[]): Promise<Response> {
  const files = rows.map((row) => ({
    name: `${row.seriesInstanceUID}/${row.sopInstanceUID}.dcm`,
    pieces: instancePieces(row),
    crc: row.crc32,
  }));
  const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = scope;
  return await respond(c, {
    contentType: ZIP,
    etag: `${await digestOf(rows.map(({ version }) => version).join())}-z`,
    pieces: zipPieces(files),
    fileName: `${sopInstanceUID ?? seriesInstanceUID ?? studyInstanceUID}.zip`,
  });
}
