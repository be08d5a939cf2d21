import { lostOf } from '../../archive/commitment/commit-storage';
import type { CommittableRow } from '../../archive/commitment/commitments';
import { askForLostMetadata } from '../../archive/metadata/remake';
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

/** Objects that one request looks up: as many as it may name files, and more where several instances have the same UID. */
const MOST_LOOKED_UP = 2000;

/** Files of one request. */
const MOST_FILES = 1000;

/** Characters of its body. */
const LONGEST = 256 * 1024;

/**
 * POST /upload-sessions/{session}/known: which of the named files the archive holds with exactly these bytes, from the
 * view of the sender: files that were put aside count as stored. The bucket has their objects. The client need not send these
 * files.
 * @throws HttpProblem 400, 404, 413, 415
 */
export async function knownFiles(c: AppContext): Promise<Response> {
  await sessionOf(c);
  const files = filesIn(await jsonValue(c, LONGEST));
  const { duplicates } = c.get('config').duplicates;
  const uids = [...new Set(files.map(({ sopInstanceUID }) => sopInstanceUID))];
  const rows = uids.length === 0 ? [] : await c.get('archive').commitments.find(uids, MOST_ROWS, duplicates);
  const named = new Set(files.map(({ sopInstanceUID, sha256 }) => `${sopInstanceUID} ${sha256}`));
  const fileOf = ({ sopInstanceUID, digest }: CommittableRow) => `${sopInstanceUID} ${digest}`;
  // The sender may delete a file that is known. What the bucket has lost it sends again, and the store writes it again.
  const same = rows.filter((row) => named.has(fileOf(row))).slice(0, MOST_LOOKED_UP);
  const lost = await lostOf(c.get('archive'), same);
  // The sender does not send again what is known: metadata that the bucket has lost is made again from the files.
  const there = same.filter((row) => !lost.has(row));
  await askForLostMetadata(c.get('archive'), there);
  const held = new Set(same.map(fileOf));
  for (const row of lost) held.delete(fileOf(row));
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
