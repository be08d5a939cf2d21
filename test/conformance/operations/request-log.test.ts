import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { failing } from '../../support/platform/failing';

const STUDY = '/dicomweb/studies/1.2.3.4';
const SERIES = `${STUDY}/series/1.2.3.4.0`;

let lines: Record<string, unknown>[];

withArchive();
beforeEach(() => {
  lines = [];
  for (const method of ['log', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((line: string) => void lines.push(JSON.parse(line)));
  }
});
afterEach(() => vi.restoreAllMocks());

const requests = () => lines.filter(({ event }) => event === 'request');

describe('the log of requests', () => {
  it('has one line for each that changes something, with its route, outcome and bytes', async () => {
    const archive = archiveClient();
    const body = slice();
    await archive.fetch('/dicomweb/studies', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/dicom',
        'cf-ray': '8f0123456789abcd',
        'Content-Length': `${body.length}`,
      },
      body,
    });
    await archive.fetch(STUDY, { method: 'DELETE' });
    await archive.fetch('/dicomweb/studies?PatientName=Neptune');
    await archive.fetch('/dicomweb/nowhere');
    expect(requests()).toEqual([
      {
        event: 'request',
        route: 'StoreInstances',
        method: 'POST',
        requestId: '8f0123456789abcd',
        status: expect.any(Number),
        durationMs: expect.any(Number),
        receivedBytes: body.length,
      },
      {
        event: 'request',
        route: 'DeleteStudy',
        method: 'DELETE',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        status: 204,
        durationMs: expect.any(Number),
      },
    ]);
  });

  it('has all of them where that is asked for, and nothing of what they name', async () => {
    const archive = archiveClient({ LOG_REQUESTS: 'all' });
    await archive.store([slice()]);
    await archive.fetch('/dicomweb/studies?PatientName=Neptune*');
    await archive.fetch('/dicomweb/nowhere');
    expect(requests().map(({ route, status }) => [route, status])).toEqual([
      ['StoreInstances', 200],
      ['SearchForStudies', 200],
      ['none', 404],
    ]);
    expect(JSON.stringify(lines)).not.toContain('Neptune');
  });

  it('a request that fails unforeseen: the name and the stack of the error, not its message, under the id in the answer', async () => {
    const archive = archiveClient({}, (real) => failing(real, () => ({ message: 'Neptune^Planet', when: 'before' })));
    const response = await archive.fetch('/dicomweb/studies');
    expect(response.status).toBe(500);
    const [line] = requests();
    expect(line).toMatchObject({ route: 'SearchForStudies', status: 500, error: 'Error' });
    expect(line?.requestId).toBe(response.headers.get('X-Request-Id'));
    expect(line?.stack).toMatch(/^\s+at /);
    expect(JSON.stringify(lines)).not.toContain('Neptune');
  });

  it('a lost object: its key', async () => {
    const archive = archiveClient();
    await archive.store([slice()]);
    const { objects } = await archive.bindings.bucket.list();
    const lost = objects.map(({ key }) => key).find((key) => key.includes('/instances/'))!;
    await archive.bindings.bucket.delete(lost);
    expect((await archive.fetch(`${SERIES}/instances/1.2.3.4.1/frames/1`)).status).toBe(500);
    expect(requests().at(-1)).toMatchObject({
      route: 'RetrieveFrames',
      error: 'ObjectMissing',
      object: lost.slice(archive.prefix.length + 1),
    });
  });

  it('a deployment that lets nobody in, or is misconfigured: the code of the problem', async () => {
    for (const [variables, code] of [
      [{ ALLOW_ANONYMOUS: '' }, 'no-access-control'],
      [{ LOG_REQUESTS: 'none' }, 'misconfigured'],
    ] as const) {
      const response = await archiveClient(variables).fetch('/dicomweb/studies');
      expect(response.headers.get('X-Request-Id')).not.toBeNull();
      expect(requests().at(-1)).toMatchObject({ status: 503, route: 'none' });
      expect(await response.json()).toMatchObject({ code });
    }
  });
});
