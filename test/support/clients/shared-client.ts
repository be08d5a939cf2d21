import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { createApp } from '../../../src/app';
import { hexadecimal } from '../../../src/archive/bytes';
import type { DeidentifiedView } from '../../../src/archive/deidentify/deidentified-view';
import { DEIDENTIFICATION_KEY } from '../../../src/archive/object-keys';
import { gate } from '../../../src/auth/gate';
import type { Deidentification } from '../../../src/dicom/deidentify/deidentification';
import { openArchive } from '../../../src/storage/open-archive';
import { asInvocation } from '../platform/production-limits';
import { type ArchiveClient, ORIGIN } from './archive-client';

/** A client of an archive that lets its principal see studies only de-identified, as the gate does for a share or a role. */
export interface SharedClient {
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** What is seen so, and the de-identification, whose key becomes that of the archive. */
export interface Shared extends Pick<DeidentifiedView, 'of'> {
  readonly by: Deidentification;
}

/** A client of the same archive that sees it de-identified. */
export function sharedClient({ prefix, bindings }: ArchiveClient, { by, of }: Shared): SharedClient {
  const deidentified: DeidentifiedView = { options: by.options, ...(of && { of }) };
  const app = createApp(() => openArchive(prefix, bindings), {
    letIn: async (c, next) =>
      await gate(c, async () => {
        const identity = c.get('identity')!;
        const grantIn: typeof identity.grantIn = (...asked) => ({ ...identity.grantIn(...asked), deidentified });
        c.set('identity', { ...identity, grantIn });
        await next();
      }),
  });
  const settings = { ...env, ALLOW_ANONYMOUS: 'true' };
  return {
    fetch: async (path, init) => {
      await giveKey(by, { prefix, bindings });
      const context = createExecutionContext();
      return await asInvocation(async () => {
        const response = await app.fetch(new Request(ORIGIN + path, init), settings as Env, context);
        const body = response.body === null ? null : await response.arrayBuffer();
        await waitOnExecutionContext(context);
        return new Response(body, response);
      });
    },
  };
}

/** Makes the key of a de-identification that of the archive, in the bucket and in the index. */
export async function giveKey(
  by: Deidentification,
  { prefix, bindings }: Pick<ArchiveClient, 'prefix' | 'bindings'>,
): Promise<void> {
  const bytes = (by as unknown as { key: Uint8Array }).key;
  await openArchive(prefix, bindings).objects.put(DEIDENTIFICATION_KEY, bytes);
  const key = hexadecimal(bytes);
  await env.DB.prepare("INSERT OR REPLACE INTO secret (name, value) VALUES ('deidentification', ?)").bind(key).run();
}
