import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { storeBody } from '../../../scripts/support/store-body.mjs';
import { createApp } from '../../../src/app';
import { AuditLog } from '../../../src/archive/audit/audit-log';
import { WHOLE } from '../../../src/archive/visibility';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { type ArchiveBindings, openArchive } from '../../../src/storage/open-archive';
import { joined } from '../files/part10';
import { testBindings } from '../platform/bindings';
import { counted, type Operations } from '../platform/counting';
import { asInvocation } from '../platform/production-limits';

export const ORIGIN = 'http://archive.test';

/** A client of its own archive in the real runtime; its operations on R2 and D1 are counted. */
export interface ArchiveClient {
  /** The archive's name, and the prefix of its keys. */
  readonly prefix: string;
  readonly bindings: ArchiveBindings;
  readonly operations: Operations;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** STOW of these files in one request. */
  store(files: readonly Uint8Array[], path?: string): Promise<Response>;
  json(path: string): Promise<DicomJson[]>;
  bytes(path: string, accept?: string): Promise<Uint8Array>;
}

AuditLog.collectedMs = 0;

let archives = 0;

/**
 * @param variables the deployment's settings
 * @param over puts something between the archive and the platform
 * @param name of an archive that already exists: the client is then another isolate of the same deployment
 * @param viewpoint what of the archive the client sees, and who it is
 */
export function archiveClient(
  variables: Record<string, string> = {},
  over: (real: ArchiveBindings) => ArchiveBindings = (real) => real,
  name?: string,
  viewpoint = WHOLE,
): ArchiveClient {
  archives += 1;
  const prefix = name ?? `archive-${archives}`;
  const { bindings, operations } = counted(over(testBindings()));
  const app = createApp(() => openArchive(prefix, bindings).confinedTo(viewpoint));
  // Tests that give the archive a public origin send their requests to ORIGIN all the same.
  const settings = { ...env, ALLOW_ANONYMOUS: 'true', ALLOWED_HOSTS: '*', ...variables };
  const fetch = async (path: string, init?: RequestInit): Promise<Response> => {
    const context = createExecutionContext();
    return await asInvocation(async () => {
      const response = await app.fetch(new Request(ORIGIN + path, init), settings as Env, context);
      const body = response.body === null ? null : await response.arrayBuffer();
      await waitOnExecutionContext(context);
      return new Response(body, response);
    });
  };
  return {
    prefix,
    bindings,
    operations,
    fetch,
    store: (files, path = '/dicomweb/studies') => fetch(path, { method: 'POST', ...multipart(files) }),
    json: async (path) => await (await fetch(path, { headers: { Accept: 'application/dicom+json' } })).json(),
    bytes: async (path, accept = '*/*') =>
      new Uint8Array(await (await fetch(path, { headers: { Accept: accept } })).arrayBuffer()),
  };
}

/** The headers and the body of a Store request. */
export function multipart(files: readonly Uint8Array[], boundary = 'boundary-of-a-test') {
  const { contentType, pieces } = storeBody(boundary);
  return { headers: { 'Content-Type': contentType }, body: joined(pieces(files)) };
}

/** The parts of a multipart answer. */
export async function partsOf(response: Response): Promise<{ headers: Record<string, string>; body: Uint8Array }[]> {
  const boundary = /boundary="?([^";]+)"?/.exec(response.headers.get('Content-Type') ?? '')?.[1] ?? '';
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder('latin1').decode(bytes);
  const parts = [];
  let at = text.indexOf(`--${boundary}\r\n`);
  while (at >= 0) {
    const headersAt = at + boundary.length + 4;
    const bodyAt = text.indexOf('\r\n\r\n', headersAt) + 4;
    const end = text.indexOf(`\r\n--${boundary}`, bodyAt);
    const lines = text.slice(headersAt, bodyAt - 4).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
    );
    parts.push({ headers, body: bytes.subarray(bodyAt, end) });
    at = text.startsWith(`\r\n--${boundary}--`, end) ? -1 : end + 2;
  }
  return parts;
}
