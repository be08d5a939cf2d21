import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { createApp } from '../../src/app';
import type { SharedDeidentification } from '../../src/archive/deidentify/deidentified-archive';
import { gate } from '../../src/auth/gate';
import { openArchive } from '../../src/storage/open-archive';
import { type ArchiveClient, ORIGIN } from './archive-client';
import { asInvocation } from './production-limits';

/** A client of an archive that lets its principal see a study only de-identified, as the gate does for a share. */
export interface SharedClient {
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** @param shared as the gate of src/auth sets it */
export function sharedClient({ prefix, bindings }: ArchiveClient, shared: SharedDeidentification): SharedClient {
  const app = createApp(() => openArchive(prefix, bindings), {
    letIn: async (c, next) =>
      await gate(c, async () => {
        c.set('deidentification', shared);
        await next();
      }),
  });
  const settings = { ...env, ALLOW_ANONYMOUS: 'true' };
  return {
    fetch: async (path, init) => {
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
