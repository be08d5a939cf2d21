import { afterEach, describe, expect, it, vi } from 'vitest';
import { SERVICES } from '../../../src/dicomweb/routes';
import { encodeRLE } from '../../../src/imaging/codecs/rle-encoder';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { formatOf, frameOf } from '../../support/files/frames';
import { comments, slice } from '../../support/files/samples';

/*
 * Instances whose objects are no longer in the bucket although the index names them. The answer says so with one code, 500
 * object-missing, before the first byte, and the log names the object.
 */

const RLE = '1.2.840.10008.1.2.5';

/** Three RLE frames, an object for their places, and metadata too long for the index. */
async function frames(sop: string, seed: number): Promise<Uint8Array> {
  const format = formatOf({ rows: 16, columns: 16 });
  const made = [1, 2, 3].map(async (frame) => (await encodeRLE(frameOf(format, 'noise', seed + frame))).codeStream);
  const fragments = (await Promise.all(made)).map((bytes) =>
    bytes.length % 2 === 0 ? bytes : Uint8Array.from([...bytes, 0]),
  );
  return slice({ sop, transferSyntaxUID: RLE, fragments, elements: [[0x00280008, 'IS', '3'], comments(6000, seed)] });
}

/** Every resource that retrieves something, of the series 1.2.3.4.0. */
const RESOURCES = SERVICES.flatMap(({ base, routes }) =>
  routes
    .filter(([method, , name]) => method === 'GET' && /^Retrieve/.test(name))
    .map(([, path, name]) => [name, base + path] as const),
);

const URI = '/wado?requestType=WADO&studyUID=1.2.3.4&seriesUID=1.2.3.4.0&objectUID=1.2.3.4.1';

function pathOf(template: string): string {
  if (template === '/wado') return URI;
  return template
    .replace('{study}', '1.2.3.4')
    .replace('{series}', '1.2.3.4.0')
    .replace('{instance}', '1.2.3.4.1')
    .replace('{frames}', '1,2')
    .replace('{+path}', '7FE00010');
}

/** The forms in which each resource is tried. */
const ACCEPTED = [
  '*/*',
  'application/zip',
  'multipart/related; type="application/dicom"; transfer-syntax=*',
  'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.1',
  'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.80',
  'multipart/related; type="application/octet-stream"',
  'multipart/related; type="image/jls"',
  'multipart/related; type="image/png"',
  'image/jpeg',
  'application/dicom',
  'application/dicom; transfer-syntax=1.2.840.10008.1.2.4.90',
  'application/dicom+json',
  'multipart/related; type="application/dicom+xml"',
];

let client: ArchiveClient;
let lines: Record<string, unknown>[];

withArchive(async () => {
  lines = [];
  client = archiveClient();
  await client.store([await frames('1.2.3.4.1', 1), await frames('1.2.3.4.2', 9)]);
  vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(JSON.parse(line)));
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** @returns how many were deleted */
async function lose(of: RegExp): Promise<number> {
  const { objects } = await client.bindings.bucket.list();
  const lost = objects.filter(({ key }) => of.test(key));
  for (const { key } of lost) await client.bindings.bucket.delete(key);
  return lost.length;
}

/** The answers to all requests, without those that are 406 for an instance that has all of its objects. */
async function answers(isRight: (path: string, response: Response) => Promise<boolean>): Promise<string[]> {
  const wrong: string[] = [];
  for (const [name, template] of RESOURCES) {
    for (const accept of ACCEPTED) {
      lines.length = 0;
      const path = pathOf(template);
      const outcome = await client
        .fetch(path, { headers: { Accept: accept } })
        .then(async (response) => ((await isRight(path, response)) ? 'right' : `${response.status}`))
        .catch((error: unknown) => `broke off: ${error}`);
      if (outcome !== 'right') wrong.push(`${name} ${accept}: ${outcome}`);
    }
  }
  return wrong;
}

async function isObjectMissing(response: Response): Promise<boolean> {
  if (response.status !== 500) return false;
  const { code } = (await response.json()) as { code: string };
  if (code !== 'object-missing') throw new Error(code);
  expect(lines).toEqual([
    expect.objectContaining({
      event: 'request',
      error: 'ObjectMissing',
      code: 'object-missing',
      object: expect.stringMatching(/\/1\.2\.3\.4\//),
      requestId: response.headers.get('X-Request-Id'),
    }),
  ]);
  expect(JSON.stringify(lines)).not.toMatch(/Neptune|MRN0000002/);
  return true;
}

describe('an object that the index names and the bucket does not have', () => {
  it('the file: every answer that needs it is 500 object-missing', async () => {
    expect(await lose(/\.dcm$/)).toBe(2);
    const wrong = await answers(async (path, response) => {
      if (response.status === 406) return true;
      if (/metadata$/.test(path)) return response.status === 200;
      return await isObjectMissing(response);
    });
    expect(wrong).toEqual([]);
  });

  it('the metadata: every answer that needs it is 500 object-missing, and what is stored is still sent', async () => {
    expect(await lose(/metadata\//)).toBeGreaterThan(0);
    const wrong = await answers(async (path, response) => {
      if (response.status === 406) return true;
      if (/(rendered|thumbnail|metadata)$/.test(path)) return await isObjectMissing(response);
      return response.status === 200 || (await isObjectMissing(response));
    });
    expect(wrong).toEqual([]);
  });

  it('the places of frames: every answer that needs them is 500 object-missing', async () => {
    expect(await lose(/\.frames$/)).toBe(2);
    const wrong = await answers(async (path, response) => {
      if (response.status === 406) return true;
      if (/frames\/1,2|rendered$/.test(path)) return await isObjectMissing(response);
      return response.status === 200 || (await isObjectMissing(response));
    });
    expect(wrong).toEqual([]);
  });
});
