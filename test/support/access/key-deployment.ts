import { expect } from 'vitest';
import type { ArchiveBindings } from '../../../src/storage/open-archive';
import { withArchive } from '../archive/with-archive';
import { type ArchiveClient, archiveClient } from '../clients/archive-client';
import { replacing } from '../platform/replacing';
import { migrateNorth } from '../platform/two-archives';

export const ROLES = JSON.stringify({
  officer: { permissions: ['administer'] },
  uploader: { permissions: ['store'] },
  reader: { permissions: ['search', 'retrieve'] },
  anywhere: { permissions: ['administer', 'search'], archives: ['*'] },
  elsewhere: { permissions: ['search'], archives: ['other'] },
});

/** A new key as its creator sees it, once. */
export interface Shown {
  readonly id: string;
  readonly key: string;
  readonly [member: string]: unknown;
}

/** Another isolate of the same deployment. */
export const isolate = (archive: ArchiveClient, variables: Record<string, string> = {}) =>
  archiveClient({ ALLOW_ANONYMOUS: '', ROLES, ...variables }, undefined, archive.prefix);

/** A deployment in which an administrator has a key, by which it makes others. */
export async function deployment(variables: Record<string, string> = {}) {
  const open = archiveClient({ ROLES });
  const archive = isolate(open, variables);
  const officer = await create(open, { name: 'Officer', roles: ['officer'] });
  return {
    archive,
    officer: officer.key,
    make: (roles: string[], more = {}) => create(archive, { name: 'A key', roles, ...more }, officer.key),
  };
}

/** Another isolate, which counts how often it looks up a key. */
export function watched(archive: ArchiveClient) {
  let found = 0;
  const counting = (session: D1DatabaseSession) =>
    replacing(session, {
      prepare: (sql: string) => {
        if (sql.includes('FROM api_key_secret')) found += 1;
        return session.prepare(sql);
      },
    });
  const over = (real: ArchiveBindings): ArchiveBindings => ({
    ...real,
    database: replacing(real.database, {
      withSession: (constraint?: string) => counting(real.database.withSession(constraint)),
    }),
  });
  const other = archiveClient({ ALLOW_ANONYMOUS: '', ROLES }, over, archive.prefix);
  return { other, lookUps: () => found };
}

export const bearer = (key: string) => ({ headers: { Authorization: `Bearer ${key}` } });
export const basic = (key: string, user = 'modality') => ({
  headers: { Authorization: `Basic ${btoa(`${user}:${key}`)}` },
});

/** A request with a JSON body, with a key if one is given. */
export function sent(body: unknown, key?: string, method = 'POST'): RequestInit {
  const headers = { 'Content-Type': 'application/json', ...(key && bearer(key).headers) };
  return { method, headers, body: JSON.stringify(body) };
}

/** Creates a key, as the sender may. */
export async function create(archive: ArchiveClient, body: unknown, key?: string): Promise<Shown> {
  const response = await archive.fetch('/keys', sent(body, key));
  expect(response.status).toBe(201);
  return await response.json();
}

export const SEARCH = '/dicomweb/studies';

/** Empty archives before each test of the file. */
export function withTwoArchives(): void {
  withArchive(migrateNorth);
}
