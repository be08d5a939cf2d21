import type { Body } from '../../archive/body/body';
import { digestOf } from '../../archive/bytes';
import type { Scope } from '../../archive/identities';
import { instancePieces } from '../../archive/retrieve/retrieve';
import { type ZipFile, zipInTurn, zipPieces } from '../../archive/retrieve/zip';
import type { InstanceRow } from '../../archive/rows';
import { ZIP } from '../answer/offers';
import { respond } from '../answer/respond';
import type { AppContext } from '../context';
import { rewrittenFiles } from './stored-file';

/**
 * Answers with a study, a series or an instance as one ZIP file (PS3.18 8.6.1.3) of its files as stored. Files are
 * named by UIDs: `<SeriesInstanceUID>/<SOPInstanceUID>.dcm`. So no name contains patient data, the ZIP file of a study
 * and those of its series use the same names, and a path fits into the limit of Windows.
 */
export async function respondZip(c: AppContext, scope: Scope, rows: readonly InstanceRow[]): Promise<Response> {
  const files = rows.map((row) => ({ name: nameOf(row), pieces: instancePieces(row), crc: row.crc32 }));
  const pieces = c.get('archive').deidentified === undefined ? zipPieces(files) : async () => rewritten(c, rows);
  const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = scope;
  return await respond(c, {
    contentType: ZIP,
    etag: `${await digestOf(rows.map(({ version }) => version).join())}-z`,
    pieces,
    fileName: `${sopInstanceUID ?? seriesInstanceUID ?? studyInstanceUID}.zip`,
  });
}

function nameOf({ seriesInstanceUID, sopInstanceUID }: InstanceRow): string {
  return `${seriesInstanceUID}/${sopInstanceUID}.dcm`;
}

/** The de-identified files. */
function rewritten(c: AppContext, rows: readonly InstanceRow[]): Body {
  const files = async function* (): AsyncGenerator<ZipFile> {
    const files = rows.map((row) => ({ row, transferSyntaxUID: row.transferSyntaxUID }));
    for await (const { row, body } of rewrittenFiles(c, files)) {
      if (Array.isArray(body.pieces)) yield { name: nameOf(row), pieces: body.pieces };
    }
  };
  return { pieces: zipInTurn(files()) };
}
