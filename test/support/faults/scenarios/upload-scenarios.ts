import { BYTES, closeSession, TUS, uploadMetadata } from '../../clients/upload-client';
import { CT_IMAGE_STORAGE, slice } from '../../files/samples';
import { zipOf } from '../../files/zip-writer';
import { type Sample, sample, seenOf } from '../contents';
import type { Isolate } from '../isolate';
import { digestOf } from '../objects';
import type { World } from '../world';
import { expectStatus, type Outcome, outcomeOfStore, type Scenario } from './scenario';

const STUDY = '1.2.3.4';
const A = '1.2.3.4.1';
const SMALL = [sample(STUDY, A, `${A}.1`, 1), sample(STUDY, A, `${A}.2`, 2, true)];
const PLACE = { study: STUDY, series: A, sop: `${A}.3` };
/** Two parts of 5 MiB and a little. */
const LARGE: Sample = {
  ...PLACE,
  content: 3,
  file: slice({ ...PLACE, instanceNumber: 3, elements: [[0x7fe00010, 'OW', new Uint8Array(10_600_000).fill(7)]] }),
};
const PIECE = 5 * 1024 * 1024;

/** Files that arrive by upload sessions (tus), and storage commitment. */
export const UPLOAD_SCENARIOS: Readonly<Record<string, () => Scenario>> = {
  'upload two files and close the session': () => uploading('upload two files and close the session', SMALL),

  'upload a large file in pieces': () => uploading('upload a large file in pieces', [LARGE, SMALL[0]!]),

  'upload that the queue stores': () => ({
    ...empty('upload that the queue stores', [LARGE]),
    run: async (isolate, world) => {
      const path = await sent(isolate, LARGE.file, undefined);
      if (path === undefined) return 'nothing';
      return await ingested(isolate, world, path, [LARGE]);
    },
  }),

  'upload of a ZIP archive that the queue stores': () => {
    const samples = [...SMALL, sample('1.2.9', '1.2.9.1', '1.2.9.1.1', 9, true)];
    const members = samples.map(({ file }, at) => ({ name: `IM${at}`, bytes: file, stored: at === 1 }));
    const zip = zipOf([...members, { name: 'cut', bytes: SMALL[0]!.file.subarray(0, 300) }]);
    return {
      ...empty('upload of a ZIP archive that the queue stores', samples),
      // Each member is stored as a whole, and the rest by the next run.
      atLeast: true,
      run: async (isolate, world) => {
        const path = await sent(isolate, zip, undefined);
        if (path === undefined) return 'nothing';
        return await ingested(isolate, world, path, samples);
      },
    };
  },

  'upload that is given up': () => ({
    ...empty('upload that is given up', []),
    samples: [LARGE],
    run: async (isolate) => {
      const path = await created(isolate, LARGE.file.length, undefined);
      if (path === undefined || !(await appended(isolate, path, LARGE.file.slice(0, PIECE), 0))) return 'nothing';
      const { status } = await isolate.fetch(path, { method: 'DELETE', headers: TUS });
      return status === 204 ? 'all' : 'nothing';
    },
  }),

  'storage commitment': () => ({
    name: 'storage commitment',
    samples: SMALL,
    before: seenOf(SMALL),
    after: seenOf(SMALL),
    prepare: async (isolate) => expectStatus(await isolate.store(SMALL.map(({ file }) => file)), 200),
    run: async (isolate) => {
      const headers = { 'Content-Type': 'application/dicom+json', Accept: 'application/dicom+json' };
      const path = '/dicomweb/commitment-requests/2.25.1';
      const asked = await isolate.fetch(path, { method: 'POST', headers, body: await commitmentOf(SMALL) });
      // 409: an earlier request with this Transaction UID has a result.
      if (asked.status !== 200 && asked.status !== 409) return 'nothing';
      const kept = await isolate.fetch(path, { headers });
      if (kept.status !== 200) return 'nothing';
      const answer = await kept.text();
      const told = asked.status === 409 ? answer : await asked.text();
      if (told !== answer || answer.includes('00081198') || !SMALL.every(({ sop }) => answer.includes(`"${sop}"`)))
        throw new Error(`told ${told}, kept ${answer}`);
      return 'all';
    },
  }),
};

function empty(name: string, samples: readonly Sample[]): Omit<Scenario, 'run'> {
  return { name, samples, before: new Map(), after: seenOf(samples), isReclaimedLate: true };
}

/** A session of its own with these files, until its answer says that they are stored. */
function uploading(name: string, samples: readonly Sample[]): Scenario {
  return {
    ...empty(name, samples),
    run: async (isolate): Promise<Outcome> => {
      const made = await isolate.fetch('/dicomweb/upload-sessions', { method: 'POST' });
      if (made.status !== 201) return 'nothing';
      const { id } = (await made.json()) as { id: string };
      const stored: string[] = [];
      for (const { file, sop } of samples) {
        // A small file is stored by the request that brings its bytes, also when the ones after it fail.
        if ((await sent(isolate, file, id)) === undefined) return { stored, refused: [] };
        if (file.length <= PIECE) stored.push(sop);
      }
      const outcome = await outcomeOfStore(await closeSession(isolate, id, { Accept: 'application/dicom+json' }));
      return outcome === 'nothing' ? { stored, refused: [] } : outcome;
    },
    atLeast: true,
  };
}

/** Lets the queue deliver, and then asks for the result until all of these are stored. */
async function ingested(isolate: Isolate, world: World, path: string, samples: readonly Sample[]): Promise<Outcome> {
  for (let runs = 0; runs < 3 && world.queue.length > 0; runs += 1) await isolate.deliver();
  const outcome = await outcomeOfStore(await isolate.fetch(path, { headers: { Accept: 'application/dicom+json' } }));
  if (typeof outcome !== 'object') return outcome;
  // A file of the ZIP archive is cut, and is refused, also when it is sent again.
  return samples.every(({ sop }) => outcome.stored.includes(sop)) ? 'all' : 'nothing';
}

/** @returns the path of the upload; undefined when a request failed */
async function sent(isolate: Isolate, file: Uint8Array, session: string | undefined): Promise<string | undefined> {
  const path = await created(isolate, file.length, session);
  if (path === undefined) return undefined;
  for (let at = 0; at < file.length; at += PIECE) {
    if (!(await appended(isolate, path, file.slice(at, at + PIECE), at))) return undefined;
  }
  return path;
}

async function created(isolate: Isolate, length: number, session: string | undefined): Promise<string | undefined> {
  const metadata = uploadMetadata({ filename: 'IM1', ...(session !== undefined && { session }) });
  const headers = { ...TUS, 'Upload-Length': String(length), 'Upload-Metadata': metadata };
  const response = await isolate.fetch('/dicomweb/uploads', { method: 'POST', headers });
  return response.status === 201 ? response.headers.get('Location')! : undefined;
}

async function appended(isolate: Isolate, path: string, bytes: Uint8Array, at: number): Promise<boolean> {
  const headers = { ...BYTES, 'Upload-Offset': String(at), 'Content-Length': String(bytes.length) };
  const body = bytes as Uint8Array<ArrayBuffer>;
  return (await isolate.fetch(path, { method: 'PATCH', headers, body })).status === 204;
}

async function commitmentOf(samples: readonly Sample[]): Promise<string> {
  const ui = (value: string) => ({ vr: 'UI', Value: [value] });
  const items = await Promise.all(
    samples.map(async ({ sop, file }) => ({
      '00081150': ui(CT_IMAGE_STORAGE),
      '00081155': ui(sop),
      '00090010': { vr: 'LO', Value: ['DICOMWEB-EDGE COMMITMENT 1.0'] },
      '00091001': { vr: 'LO', Value: [await digestOf(file)] },
    })),
  );
  return JSON.stringify({ '00081199': { vr: 'SQ', Value: items } });
}
