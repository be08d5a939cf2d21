import { expect } from 'vitest';
import { SERVICES } from '../../../src/dicomweb/routes';
import { type ArchiveClient, archiveClient } from '../clients/archive-client';
import { slice } from '../files/samples';
import { withArchive } from './with-archive';

export const ROLES = JSON.stringify({
  sharer: { permissions: ['share', 'search', 'retrieve', 'store'] },
  north: { permissions: ['share', 'retrieve'], studies: { AccessionNumber: ['N*'] } },
});
export const STUDY = '/dicomweb/studies/1.2.3.4';
export const OTHER = '/dicomweb/studies/1.2.9';
export const DAY_MS = 24 * 60 * 60 * 1000;

/** A share as its creator sees it, once. */
export interface Made {
  readonly id: string;
  readonly token: string;
  readonly link: string;
  readonly [member: string]: unknown;
}

/** What the opening of a share gives. */
export interface Opened {
  readonly id: string;
  readonly root: string;
  readonly viewer: string;
  readonly ticket: string;
}

export let archive: ArchiveClient;
export let keys: Record<'sharer' | 'north', string>;

export const sent = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

/** Shares a study, as a principal that may. */
export async function share(body: object = {}, resource = STUDY): Promise<Made> {
  const response = await archive.fetch(`${resource}/shares`, sent(body, bearer(keys.sharer)));
  expect(response.status).toBe(201);
  return await response.json();
}

/** Opens a link as a browser does. @returns the answer, and a function that sends requests with the cookie */
export async function opened({ token }: Made, body: object = {}) {
  const response = await archive.fetch('/shares/open', sent({ token, ...body }));
  expect(response.status).toBe(200);
  const cookie = response.headers.get('Set-Cookie')!;
  const [pair = ''] = cookie.split(';');
  const answer = (await response.json()) as Opened;
  const get = (path: string, init: RequestInit = {}) =>
    archive.fetch(path, { ...init, headers: { Cookie: pair, ...init.headers } });
  return { ...answer, cookie, get };
}

/** Every resource of a study that can be read, without /dicomweb. */
export const READS = SERVICES.flatMap(({ routes }) => routes)
  .filter(
    ([method, path, , access]) => method === 'GET' && path.startsWith('/studies/{study}') && access !== 'administer',
  )
  .map(([, path]) => path);
export const uids = { study: '1.2.3.4', series: '1.2.3.4.0', instance: '1.2.3.4.1', frames: '1', path: '7FE00010' };
/** A path of a template with UIDs in place of its variables. */
export const filled = (path: string, named: Record<string, string> = uids) =>
  path.replace(/\{\+?(\w+)\}/g, (_, name: string) => named[name]!);

/** Before each test of the file: an archive with two studies, and the keys of two people who may share. */
export function withSharedStudies(): void {
  withArchive(async () => {
    const open = archiveClient({ ROLES });
    archive = archiveClient({ ALLOW_ANONYMOUS: '', ROLES }, undefined, open.prefix);
    await open.store([
      slice(),
      slice({ series: '1.2.3.4.5', sop: '1.2.3.4.5.1', seed: 2 }),
      slice({ study: '1.2.9', series: '1.2.9.1', sop: '1.2.9.1.1', seed: 3 }),
    ]);
    const key = async (role: string) => {
      const body = JSON.stringify({ name: role, roles: [role] });
      const made = await open.fetch('/keys', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
      return ((await made.json()) as { key: string }).key;
    };
    keys = { sharer: await key('sharer'), north: await key('north') };
  });
}
