import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app';
import { Ledger } from '../../../src/archive/memory/ledger';
import { LEDGER_LIMITS, type LedgerLimits } from '../../../src/archive/memory/ledger-limits';
import { EXTRA, uploadBytes } from '../../../src/archive/memory/upload-memory';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { openArchive } from '../../../src/storage/open-archive';
import { withArchive } from '../../support/archive/with-archive';
import { multipart, ORIGIN } from '../../support/clients/archive-client';
import { item, longHeader } from '../../support/files/hostile';
import { joined } from '../../support/files/part10';
import { slice } from '../../support/files/samples';
import { plainBindings } from '../../support/platform/bindings';

const FULL = uploadBytes(DEFAULT_LIMITS, undefined, false);

withArchive();

let archives = 0;

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly location: string | null;
}

/** An archive with a ledger that the test reads. All its requests are those of one isolate. */
function isolate(limits: Partial<LedgerLimits> = {}) {
  archives += 1;
  const name = `upload-memory-${archives}`;
  const bindings = plainBindings();
  const ledger = new Ledger({ ...LEDGER_LIMITS, ...limits });
  const app = createApp(() => openArchive(name, bindings), { ledger });
  const send = async (init: RequestInit, path = '/dicomweb/studies'): Promise<Answer> => {
    const context = createExecutionContext();
    const request = new Request(ORIGIN + path, { method: 'POST', ...init });
    const response = await app.fetch(request, { ...env, ALLOW_ANONYMOUS: 'true' }, context);
    await response.text();
    await waitOnExecutionContext(context);
    const { status, headers } = response;
    return { status, retryAfter: headers.get('Retry-After'), location: headers.get('Location') };
  };
  return { ledger, send };
}

/** A body of one instance in two pieces. The second one is sent when the test lets it. */
function held(sop: string): { init: RequestInit; go(): void } {
  const { body, headers } = multipart([slice({ sop, rows: 64, columns: 64 })]);
  const bytes = body as Uint8Array;
  const { promise, resolve } = Promise.withResolvers<void>();
  const { readable, writable } = new IdentityTransformStream();
  const pump = async () => {
    const writer = writable.getWriter();
    await writer.write(bytes.slice(0, 1000));
    await promise;
    await writer.write(bytes.slice(1000));
    await writer.close();
  };
  void pump();
  return { init: { headers: headers as HeadersInit, body: readable }, go: () => resolve() };
}

const small = (sop: string): RequestInit => {
  const { body, headers } = multipart([slice({ sop })]);
  const bytes = body as Uint8Array;
  return { body: bytes, headers: { ...(headers as Record<string, string>), 'Content-Length': String(bytes.length) } };
};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('memory of uploads', () => {
  it('five at once do not fit: two long ones go on, the others wait, and all are stored', async () => {
    const { ledger, send } = isolate();
    const bodies = Array.from({ length: 5 }, (_, at) => held(`1.2.3.4.${at + 1}`));
    const answers = bodies.map(({ init }) => send(init));
    await until(() => ledger.holding('upload') === 2 * FULL);
    for (const { go } of bodies) go();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(ledger.peak).toBeLessThanOrEqual(2 * FULL);
    expect(ledger.held).toBe(0);
  });

  it('small ones go on beside long ones that wait for their clients', async () => {
    const { ledger, send } = isolate();
    const bodies = Array.from({ length: 3 }, (_, at) => held(`1.2.3.4.${at + 1}`));
    const answers = bodies.map(({ init }) => send(init));
    await until(() => ledger.holding('upload') === 2 * FULL);
    const others = await Promise.all(Array.from({ length: 10 }, (_, at) => send(small(`1.2.3.5.${at + 1}`))));
    expect(new Set(others.map(({ status }) => status))).toEqual(new Set([200]));
    expect(ledger.peak).toBeLessThanOrEqual(LEDGER_LIMITS.most.upload + LEDGER_LIMITS.small);
    for (const { go } of bodies) go();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(ledger.holding('upload')).toBe(0);
    // Short requests leave buffers to the next ones.
    expect(ledger.held).toBeLessThanOrEqual(4 * 1024 * 1024);
  });

  it('one that waits too long is told when to try again, and none of it is read', async () => {
    const { ledger, send } = isolate({ patience: { ...LEDGER_LIMITS.patience, upload: 300 } });
    const bodies = Array.from({ length: 2 }, (_, at) => held(`1.2.3.4.${at + 1}`));
    const answers = bodies.map(({ init }) => send(init));
    await until(() => ledger.holding('upload') === 2 * FULL);
    expect(await send(held('1.2.3.4.3').init)).toEqual({ status: 503, retryAfter: '10', location: null });
    for (const { go } of bodies) go();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
    expect(ledger.held).toBe(0);
  });

  it('long metadata is read one after the other, and fits an isolate beside all other uploads', async () => {
    const { ledger, send } = isolate();
    const long = (sop: string): RequestInit => {
      const items = Array.from({ length: ITEMS }, () => item(0));
      const file = joined([slice({ sop, pixels: false }), longHeader(0x0040a730, 'SQ', 8 * ITEMS), ...items]);
      return { method: 'POST', ...(multipart([file]) as RequestInit) };
    };
    const answers = await Promise.all(['1.2.3.4.1', '1.2.3.4.2', '1.2.3.4.3'].map((sop) => send(long(sop))));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(ledger.peak).toBeGreaterThan(EXTRA);
    expect(ledger.peak).toBeLessThanOrEqual(2 * FULL + EXTRA);
    expect(LEDGER_LIMITS.most.upload + LEDGER_LIMITS.small + EXTRA).toBeLessThanOrEqual(LEDGER_LIMITS.alone);
    expect(ledger.held).toBe(0);
  });
});

/** Empty items: their text is longer than a request may hold without asking for more memory. */
const ITEMS = 120_000;

describe('a resumable upload', () => {
  it('takes the memory of one part, however long its requests are', async () => {
    const { ledger, send } = isolate();
    const part = DEFAULT_LIMITS.uploadPartBytes;
    const tus = { 'Tus-Resumable': '1.0.0' };
    const headers = { ...tus, 'Upload-Length': String(4 * part), 'Upload-Concat': 'partial' };
    const { location } = await send({ headers }, '/dicomweb/uploads');
    const type = { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': '0' };
    const sent = await send(
      { method: 'PATCH', headers: { ...tus, ...type }, body: new Uint8Array(4 * part) },
      location!,
    );
    expect(sent.status).toBe(204);
    expect(ledger.peak).toBe(part + 1024 * 1024);
    expect(ledger.held).toBe(0);
  });

  it('that waits for memory in vain leaves the way free', async () => {
    const { send } = isolate({ waiting: 0 });
    const tus = { 'Tus-Resumable': '1.0.0' };
    const { location } = await send({ headers: { ...tus, 'Upload-Length': '10' } }, '/dicomweb/uploads');
    const headers = { ...tus, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': '0' };
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const { status, retryAfter } = await send({ method: 'PATCH', headers, body: 'abc' }, location!);
      expect([status, Number(retryAfter) > 0]).toEqual([503, true]);
    }
  });
});
