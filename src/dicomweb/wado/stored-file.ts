import type { Body } from '../../archive/body/body';
import { storedInstance, transcodedFile } from '../../archive/images/transcoded-file';
import { instancesData } from '../../archive/retrieve/instance-data';
import type { InstanceRow } from '../../archive/rows';
import { isNotConvertible } from '../answer/respond-as-planned';
import type { AppContext } from '../context';

/** A file, and the transfer syntax in which it is sent. */
export interface RequestedFile {
  readonly row: InstanceRow;
  readonly transferSyntaxUID: string;
}

/**
 * The file as stored, or written again when the archive is seen through a de-identification.
 * @throws as transcodedFile, when it is written again
 */
export async function storedFile(c: AppContext, row: InstanceRow): Promise<Body> {
  return await storedInstance({ archive: c.get('archive'), row, decoding: c.get('decoding') }, c.get('instanceData'));
}

/** A file that was written again. */
export interface RewrittenFile extends RequestedFile {
  readonly body: Body;
}

/**
 * The files of a de-identified archive. Each is written again when its turn comes. A file that cannot be converted comes
 * in its own transfer syntax, and a file that cannot be written again is left out.
 */
export async function* rewrittenFiles(c: AppContext, files: readonly RequestedFile[]): AsyncGenerator<RewrittenFile> {
  const [archive, decoding] = [c.get('archive'), c.get('decoding')];
  const rows = files.map(({ row }) => row);
  let at = 0;
  for await (const data of instancesData(archive, rows)) {
    const { row, transferSyntaxUID } = files[at++]!;
    for (const uid of data === undefined ? [] : new Set([transferSyntaxUID, row.transferSyntaxUID])) {
      const body = await written(() => transcodedFile({ archive, row, data: data!, decoding }, uid));
      if (body === undefined) continue;
      try {
        yield { row, transferSyntaxUID: uid, body };
      } finally {
        body.release?.();
      }
      break;
    }
  }
}

async function written(write: () => Promise<Body>): Promise<Body | undefined> {
  try {
    return await write();
  } catch (error) {
    if (!isNotConvertible(error)) throw error;
    return undefined;
  }
}
