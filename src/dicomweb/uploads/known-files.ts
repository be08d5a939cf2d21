import { HttpProblem } from '../../http/problem';
import type { AppContext } from '../context';
import { jsonValue } from '../json-value';
import { sessionOf } from './upload-sessions';

/** A file of the sender. */
interface NamedFile {
  readonly sopInstanceUID: string;
  /** SHA-256 of the Part 10 file, hexadecimal. */
  readonly sha256: string;
}

/** The most rows of the index that are compared: several instances may have the same UID. */
const MOST_ROWS = 10_000;

/** Files of one request. */
const MOST_FILES = 1000;

/** Characters of its body. */
const LONGEST = 256 * 1024;

/**
 * POST /upload-sessions/{session}/known: which of the named files the archive holds with exactly these bytes, from the
 * view of the sender: files that were put aside count as stored. The client need not send these files.
 * @throws HttpProblem 400, 404, 413, 415
 */
export async function knownFiles(c: AppContext): Promise<Response> {
  await sessionOf(c);
  const files = filesIn(await jsonValue(c, LONGEST));
  const { duplicates } = c.get('config').duplicates;
  const uids = [...new Set(files.map(({ sopInstanceUID }) => sopInstanceUID))];
  const rows = uids.length === 0 ? [] : await c.get('archive').commitments.find(uids, MOST_ROWS, duplicates);
  const held = new Set(rows.map(({ sopInstanceUID, digest }) => `${sopInstanceUID} ${digest}`));
  const known = files.filter(({ sopInstanceUID, sha256 }) => held.has(`${sopInstanceUID} ${sha256}`));
  return Response.json(known, { headers: { 'Cache-Control': 'no-store' } });
}

/** @throws HttpProblem 400 */
function filesIn(value: unknown): NamedFile[] {
  if (Array.isArray(value) && value.length <= MOST_FILES && value.every(isFile)) {
    return value.map(({ sopInstanceUID, sha256 }) => ({ sopInstanceUID, sha256: sha256.toLowerCase() }));
  }
  throw new HttpProblem(
    'bad-request',
    `The body must be a JSON array of at most ${MOST_FILES} objects with sopInstanceUID and sha256 (64 hexadecimal digits).`,
  );
}

function isFile(value: unknown): value is NamedFile {
  if (typeof value !== 'object' || value === null) return false;
  const { sopInstanceUID, sha256 } = value as Partial<Record<keyof NamedFile, unknown>>;
  return isText(sopInstanceUID, /^[0-9.]{1,64}$/) && isText(sha256, /^[0-9A-Fa-f]{64}$/);
}

function isText(value: unknown, form: RegExp): boolean {
  return typeof value === 'string' && form.test(value);
}
