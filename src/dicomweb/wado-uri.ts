import { instancePieces } from '../archive/retrieve';
import type { AppContext } from './context';
import { HttpProblem } from './problem';
import { REVALIDATE, respond } from './representation';
import { absent } from './scope';

/**
 * GET /wado: WADO-URI, PS3.18 9.4. This version serves `contentType=application/dicom`, as stored.
 */
export async function retrieveByURI(c: AppContext): Promise<Response> {
  const parameters = new Map([...new URL(c.req.url).searchParams].map(([name, value]) => [name.toLowerCase(), value]));
  if (parameters.get('requesttype')?.toUpperCase() !== 'WADO') {
    throw new HttpProblem('bad-request', 'requestType must be WADO.');
  }
  const studyInstanceUID = required(parameters, 'studyUID');
  const seriesInstanceUID = required(parameters, 'seriesUID');
  const sopInstanceUID = required(parameters, 'objectUID');
  const contentTypes = (parameters.get('contenttype') ?? 'image/jpeg')
    .split(',')
    .map((type) => type.trim().toLowerCase());
  if (!contentTypes.some((type) => type === 'application/dicom' || type === '*/*' || type === 'application/*')) {
    throw new HttpProblem('not-acceptable', 'This resource can be had as contentType=application/dicom.');
  }
  const scope = { studyInstanceUID, seriesInstanceUID, sopInstanceUID };
  const [row] = await c.get('archive').index.instances(scope, 0, 1);
  if (row === undefined) throw await absent(c, scope);
  const transferSyntax = parameters.get('transfersyntax') ?? '*';
  if (transferSyntax !== '*' && transferSyntax !== row.transferSyntaxUID) {
    throw new HttpProblem('not-acceptable', `This instance can be had with transferSyntax=${row.transferSyntaxUID}.`);
  }
  return await respond(c, {
    contentType: 'application/dicom',
    etag: row.digest,
    pieces: instancePieces(row),
    cacheControl: REVALIDATE,
  });
}

function required(parameters: ReadonlyMap<string, string>, name: string): string {
  const value = parameters.get(name.toLowerCase());
  if (value === undefined || value === '') throw new HttpProblem('bad-request', `${name} is missing.`);
  return value;
}
