import { Ledger } from '../../../src/archive/memory/ledger';
import { newUnfiledVersion, unfiledKey } from '../../../src/archive/object-keys';
import { type IngestEnding, ingest } from '../../../src/archive/upload/ingest/ingest';
import type { IngestContext } from '../../../src/archive/upload/ingest/ingest-run';
import type { Sender } from '../../../src/archive/upload/sender';
import type { UploadResult } from '../../../src/archive/upload/upload-result';
import { WHOLE } from '../../../src/archive/visibility';
import { DEFAULT_DUPLICATES } from '../../../src/config';
import { DEFAULT_LIMITS } from '../../../src/limits';
import type { ArchiveBindings } from '../../../src/storage/open-archive';
import { openArchive } from '../../../src/storage/open-archive';
import type { ArchiveClient } from './archive-client';

/** Settings of an ingest that a test changes. */
type Settings = Partial<typeof DEFAULT_LIMITS & typeof DEFAULT_DUPLICATES>;

/** The key of a client: its stores are recorded. */
export const KEY: Sender = { ...WHOLE, principal: 'key:scanner', kind: 'key', name: 'Scanner 1' };

/** Puts bytes where an upload has them once all have arrived. @returns its id */
export async function receivedUpload(client: ArchiveClient, bytes: Uint8Array, sender: Sender = KEY): Promise<string> {
  const { bindings, prefix } = client;
  const id = crypto.randomUUID();
  const version = newUnfiledVersion();
  await bindings.bucket.put(`${prefix}/${unfiledKey(version, 'dcm')}`, bytes);
  await bindings.database
    .prepare(
      `INSERT INTO upload (id, principal, sender, metadata, byte_length, byte_offset, part_bytes, version, state, created_at,
        expires_at) VALUES (?1, ?2, ?3, '', ?4, ?4, 5242880, ?5, 'received', ?6, ?6 + 86400000)`,
    )
    .bind(id, sender.principal, JSON.stringify(sender), bytes.length, version, Date.now())
    .run();
  return id;
}

/** Ingests an upload as one invocation does. */
export async function ingestOnce(
  client: ArchiveClient,
  id: string,
  {
    bindings = client.bindings,
    settings = {},
    deadline = Number.POSITIVE_INFINITY,
    viewpointOf = async (sender) => sender,
  }: {
    bindings?: ArchiveBindings;
    settings?: Settings;
    deadline?: number;
    viewpointOf?: IngestContext['viewpointOf'];
  } = {},
): Promise<IngestEnding> {
  const archive = openArchive(client.prefix, bindings);
  return await ingest(
    {
      archive,
      settings: { ...DEFAULT_LIMITS, ...DEFAULT_DUPLICATES, ...settings },
      ledger: new Ledger(),
      viewpointOf,
      onStored: () => undefined,
    },
    id,
    deadline,
  );
}

/** Lets the next run claim the upload at once, as it could some seconds later. */
export async function forgetClaims({ bindings }: ArchiveClient): Promise<void> {
  await bindings.database.prepare('UPDATE upload SET claimed_until = 0').run();
}

/** The results of an upload, with the names of its files. */
export async function resultsOf(client: ArchiveClient, id: string): Promise<readonly UploadResult[]> {
  return await openArchive(client.prefix, client.bindings).ingests.results([id], 10_000);
}
