import { HttpProblem } from '../../http/problem';
import type { AppContext } from '../context';
import { appendToUpload } from './append-to-upload';
import { terminateUpload } from './terminate-upload';

/**
 * POST /uploads/{upload} for clients that can send neither PATCH nor DELETE: tus 1.0 "X-HTTP-Method-Override".
 * @throws HttpProblem 400, and those of the method
 */
export async function overrideMethod(c: AppContext): Promise<Response> {
  const method = c.req.header('X-HTTP-Method-Override');
  if (method === 'PATCH') return await appendToUpload(c);
  if (method === 'DELETE') return await terminateUpload(c);
  throw new HttpProblem('bad-request', 'POST needs X-HTTP-Method-Override: PATCH or DELETE.');
}
