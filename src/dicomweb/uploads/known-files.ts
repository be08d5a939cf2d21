import type { HeldFile } from '../../archive/ports';
import { HttpProblem } from '../../http/problem';
import type { AppContext } from '../context';
import { jsonValue } from '../json-value';
import { sessionOf } from './upload-sessions';

/** Files of one request. */
const MOST_FILES = 1000;

/** Characters of its body. */
const LONGEST = 256 * 1024;

/**
 * POST /upload-sessions/{session}/known: which of some files the archive holds with exactly these bytes, as far as the sender
 * sees. These need not be sent.
 * @throws HttpProblem 400, 404, 413, 415
 */
export async function knownFiles(c: AppContext): Promise<Response> {
  await sessionOf(c);
  const files = filesIn(await jsonValue(c, LONGEST));
  const held =
    files.length === 0 ? [] : await c.get('archive').index.held(files, c.get('config').duplicates.duplicates);
  return Response.json(held, { headers: { 'Cache-Control': 'no-store' } });
}

/** @throws HttpProblem 400 */
function filesIn(value: unknown): HeldFile[] {
  if (Array.isArray(value) && value.length <= MOST_FILES && value.every(isFile)) {
    return value.map(({ sopInstanceUID, sha256 }) => ({ sopInstanceUID, sha256: sha256.toLowerCase() }));
  }
  throw new HttpProblem(
    'bad-request',
    `The body must be a JSON array of at most ${MOST_FILES} objects with sopInstanceUID and sha256 (64 hexadecimal digits).`,
  );
}

function isFile(value: unknown): value is HeldFile {
  if (typeof value !== 'object' || value === null) return false;
  const { sopInstanceUID, sha256 } = value as Partial<Record<keyof HeldFile, unknown>>;
  return isText(sopInstanceUID, /^[0-9.]{1,64}$/) && isText(sha256, /^[0-9A-Fa-f]{64}$/);
}

function isText(value: unknown, form: RegExp): boolean {
  return typeof value === 'string' && form.test(value);
}
