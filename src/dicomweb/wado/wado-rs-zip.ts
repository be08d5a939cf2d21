import { digestOf } from '../../archive/bytes';
import type { Scope } from '../../archive/identities';
import { instancePieces } from '../../archive/retrieve/retrieve';
import { zipPieces } from '../../archive/retrieve/zip';
import type { InstanceRow } from '../../archive/rows';
import { ZIP } from '../answer/offers';
import { respond } from '../answer/representation';
import type { AppContext } from '../context';

/**
 * A study, a series or an instance as one ZIP archive (PS3.18 8.6.1.3), its files as stored. They are named by UIDs:
 * `<SeriesInstanceUID>/<SOPInstanceUID>.dcm`, so that nothing of the patient is in a name, the names of a study's archive
 * and of its series' are the same, and a path has room in what Windows allows it.
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
