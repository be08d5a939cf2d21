import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import { dataSetOf, element, sha256 } from '../../check/instances.mjs';

interface StoreRequest {
  readonly headers: IncomingMessage['headers'];
  /** The Part 10 files. */
  readonly files: readonly Buffer[];
  /** SOP Instance UIDs, in the order of the files. */
  readonly uids: readonly string[];
}

interface StandIn {
  readonly base: string;
  readonly origin: string;
  readonly requests: StoreRequest[];
  /** Bodies of requests to other paths. */
  readonly others: { readonly method: string; readonly path: string; readonly body: string }[];
  /** Digests of all files that were stored, once each. */
  readonly stored: Set<string>;
}

interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

type Decide = (request: StoreRequest, count: number) => Reply | 'store' | 'cut' | { failures: Record<string, number> };

const closes: (() => void)[] = [];
afterEach(() => {
  for (const close of closes.splice(0)) close();
});

/**
 * An HTTP server that reads Store requests and answers as the test says. It keeps what it stores, so that a test sees
 * what arrived.
 */
export async function standInArchive(
  decide: Decide = () => 'store',
  other: (request: IncomingMessage, body: Buffer) => Reply = () => ({ status: 404 }),
): Promise<StandIn> {
  const archive: Omit<StandIn, 'base' | 'origin'> = { requests: [], others: [], stored: new Set() };
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    try {
      for await (const piece of request) pieces.push(piece);
    } catch {
      return;
    }
    const body = Buffer.concat(pieces);
    if (request.url !== '/dicomweb/studies') {
      archive.others.push({ method: request.method ?? '', path: request.url ?? '', body: body.toString() });
      return send(response, other(request, body));
    }
    const files = partsOf(request.headers['content-type'] ?? '', body);
    const store = { headers: request.headers, files, uids: files.map(sopInstanceUID) };
    archive.requests.push(store);
    const decision = decide(store, archive.requests.length);
    if (decision === 'cut') return request.socket.destroy();
    if (decision !== 'store' && 'status' in decision) return send(response, decision);
    const failures = decision === 'store' ? {} : decision.failures;
    return send(response, answerTo(store, failures, archive.stored));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  closes.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { ...archive, origin, base: `${origin}/dicomweb` };
}

function send(response: ServerResponse, { status, headers = {}, body }: Reply): void {
  response.writeHead(status, { 'Content-Type': 'application/dicom+json', ...headers });
  response.end(body === undefined ? '' : Buffer.isBuffer(body) ? body : JSON.stringify(body));
}

/** A Store Instances Response: PS3.18 annex I. */
function answerTo({ files, uids }: StoreRequest, failures: Record<string, number>, stored: Set<string>): Reply {
  const item = (uid: string, more: object = {}) => ({
    '00081150': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.2'] },
    '00081155': { vr: 'UI', Value: [uid] },
    ...more,
  });
  const failed = uids.filter((uid) => uid in failures);
  const kept = uids.filter((uid) => !(uid in failures));
  for (const [index, file] of files.entries()) {
    if (kept.includes(uids[index]!)) stored.add(sha256(file));
  }
  const body: Record<string, unknown> = { '00081190': { vr: 'UR' } };
  if (kept.length > 0) body['00081199'] = { vr: 'SQ', Value: kept.map((uid) => item(uid)) };
  if (failed.length > 0) {
    const reason = (uid: string) => ({ '00081197': { vr: 'US', Value: [failures[uid]] } });
    body['00081198'] = { vr: 'SQ', Value: failed.map((uid) => item(uid, reason(uid))) };
  }
  return { status: failed.length === 0 ? 200 : kept.length > 0 ? 202 : 409, body };
}

function partsOf(contentType: string, body: Buffer): Buffer[] {
  const boundary = `--${/boundary=([^;]+)/.exec(contentType)?.[1]}`;
  const files: Buffer[] = [];
  for (let at = body.indexOf(boundary); ; ) {
    const from = body.indexOf('\r\n\r\n', at);
    const next = body.indexOf(`\r\n${boundary}`, from);
    if (from < 0 || next < 0) return files;
    files.push(body.subarray(from + 4, next));
    at = next + 2;
  }
}

function sopInstanceUID(file: Buffer): string {
  const data = dataSetOf(file);
  const at = data.indexOf(element(0x0008, 0x0018, 'UI', '').subarray(0, 6));
  const length = data.readUInt16LE(at + 6);
  return data
    .subarray(at + 8, at + 8 + length)
    .toString('latin1')
    .replace(/\0$/, '');
}

/** An item of Failed SOP Sequence. @param reason the Failure Reason; undefined: none is named */
export function failedWith(uid: string, reason: number | undefined) {
  const item: Record<string, unknown> = {
    '00081150': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.2'] },
    '00081155': { vr: 'UI', Value: [uid] },
  };
  if (reason !== undefined) item['00081197'] = { vr: 'US', Value: [reason] };
  return { vr: 'SQ', Value: [item] };
}
