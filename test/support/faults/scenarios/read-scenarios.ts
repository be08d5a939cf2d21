import { QUIET_MS } from '../../../../src/archive/activity';
import { multipart } from '../../clients/archive-client';
import { bulkPart, jsonPart, related, sliceMetadata } from '../../clients/metadata-request';
import type { Element } from '../../files/part10';
import { slice } from '../../files/samples';
import { advance } from '../clock';
import { type Sample, sample, seenOf } from '../contents';
import { Isolate, Killed } from '../isolate';
import type { World } from '../world';
import { expectStatus, type Outcome, outcomeOfStore, type Scenario } from './scenario';

const STUDY = '1.2.3.4';
const A = '1.2.3.4.1';
const PATH = `/dicomweb/studies/${STUDY}`;
const INSTANCE = `${PATH}/series/${A}/instances/${A}.1`;
const JSON_TYPE = 'application/dicom+json';
const JPEG_LS = 'multipart/related; type=application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.80';

const READS: readonly (readonly [path: string, accept: string])[] = [
  [INSTANCE, 'application/dicom; transfer-syntax=*'],
  [`${INSTANCE}/frames/1`, 'application/octet-stream'],
  [`${PATH}/metadata`, JSON_TYPE],
  [`${INSTANCE}/rendered`, 'image/jpeg'],
  [`${PATH}/thumbnail`, 'image/jpeg'],
  [`${PATH}/instances?SOPInstanceUID=${A}.1`, JSON_TYPE],
];

const SIDE = 128;

/** A picture that compresses well. */
const picture = (sop: string, content: number): Sample => {
  const place = { study: STUDY, series: A, sop };
  const words = Array.from({ length: SIDE * SIDE }, (_, at) => content + 3 * (at % SIDE) + Math.floor(at / SIDE));
  const elements: Element[] = [[0x7fe00010, 'OW', words]];
  const file = slice({ ...place, instanceNumber: content, rows: SIDE, columns: SIDE, elements });
  return { ...place, content, file };
};

/** Reads, copies of frames, an archive's first request, and metadata that comes apart from its bulk data. */
export const READ_SCENARIOS: Readonly<Record<string, () => Scenario>> = {
  retrieve: () => {
    const samples = [picture(`${A}.1`, 1), picture(`${A}.2`, 2)];
    const answers: { path: string; accept: string; bytes: Uint8Array }[] = [];
    return {
      ...still('retrieve', samples),
      run: async (isolate): Promise<Outcome> => {
        let outcome: Outcome = 'all';
        for (const [path, accept] of READS) {
          const bytes = await read(isolate, path, accept);
          if (bytes === undefined) outcome = 'nothing';
          else answers.push({ path, accept, bytes });
        }
        return outcome;
      },
      check: async (world) => {
        const isolate = new Isolate(world);
        const findings: string[] = [];
        for (const { path, accept, bytes } of answers.splice(0)) {
          const sound = await read(isolate, path, accept);
          if (!isSame(bytes, sound)) findings.push(`${path} was answered with ${bytes.length} wrong bytes`);
        }
        return findings;
      },
    };
  },

  'copy frames': () => {
    const samples = [picture(`${A}.1`, 1), picture(`${A}.2`, 2)];
    return {
      ...still('copy frames', samples),
      variables: { FRAME_COPIES: 'jpeg-ls' },
      // The isolate of the queue has had no requests, so it does not wait for them to end.
      cold: true,
      run: async (isolate, world) => {
        // An isolate that has just answered a request puts the work off.
        advance(2 * QUIET_MS);
        await isolate.deliver();
        return world.queue.length === 0 ? 'all' : 'nothing';
      },
      check: async (world, phase) => {
        const isolate = new Isolate(world);
        const bytes = await read(isolate, `${INSTANCE}/frames/1`, JPEG_LS);
        const copies = (await world.keys()).filter((key) => key.endsWith('.copy'));
        if (phase !== 'fault' && copies.length !== 2) return [`${copies.length} copies of 2 frames`];
        return bytes === undefined ? ['the frame cannot be had as JPEG-LS'] : [];
      },
    };
  },

  'store in a new archive': () => {
    const samples = [sample(STUDY, A, `${A}.1`, 1)];
    return {
      name: 'store in a new archive',
      samples,
      before: new Map(),
      after: seenOf(samples),
      cold: true,
      prepare: async (_, world) => {
        await world.plain.database.prepare('DELETE FROM archive_identity').run();
        await world.plain.bucket.delete(`${world.name}/archive-id`);
        await world.pass(3_600_000);
        await world.plain.database.prepare('DELETE FROM sweep_state').run();
      },
      run: async (isolate) => await outcomeOfStore(await isolate.store(samples.map(({ file }) => file))),
      check: async (world, phase) => {
        const object = await world.plain.bucket.get(`${world.name}/archive-id`);
        const inBucket = await object?.text();
        const [row] = (
          await world.plain.database.prepare('SELECT archive_id, confirmed_at FROM archive_identity').all()
        ).results as { archive_id: string; confirmed_at: number | null }[];
        const together = inBucket === undefined ? row?.confirmed_at == null : inBucket === row?.archive_id;
        if (!together) return [`the bucket has the id ${inBucket}, the index ${JSON.stringify(row)}`];
        return phase === 'end' && inBucket === undefined ? ['the archive has no id in the end'] : [];
      },
    };
  },

  'store metadata and bulk data': () => {
    const short = Uint8Array.from({ length: 512 }, (_, at) => (at * 7) % 251);
    // Too long to be held in memory: it waits in the bucket for its instance.
    const long = Uint8Array.from({ length: 100_000 }, (_, at) => at % 251);
    const withBulk = (number: number, location: string) =>
      sliceMetadata({
        sop: `${STUDY}.${number}`,
        more: {
          '00200013': { vr: 'IS', Value: [number] },
          '7FE00010': { vr: 'OW', BulkDataURI: location },
        },
      });
    const parts = [
      jsonPart([withBulk(1, 'one'), withBulk(2, 'two'), withBulk(3, 'two')]),
      bulkPart('one', short),
      bulkPart('two', long),
    ];
    const store = async (isolate: Isolate) =>
      await isolate.fetch('/dicomweb/studies', { method: 'POST', ...related(parts, JSON_TYPE) });
    const samples: Sample[] = [];
    const scenario = {
      name: 'store metadata and bulk data',
      samples,
      before: new Map<string, number>(),
      after: new Map([1, 2, 3].map((number) => [`${STUDY}.${number}`, number])),
      // The archive writes the files itself: what it writes without a fault is what it must write.
      prepare: async (isolate: Isolate, world: World) => {
        expectStatus(await store(isolate), 200);
        for (const number of [1, 2, 3]) {
          const place = { study: STUDY, series: `${STUDY}.0`, sop: `${STUDY}.${number}` };
          const path = `${PATH}/series/${place.series}/instances/${place.sop}`;
          const file = await read(isolate, path, 'application/dicom; transfer-syntax=*');
          samples.push({ ...place, content: number, file: file! });
        }
        await world.clear();
      },
      run: async (isolate: Isolate) => await outcomeOfStore(await store(isolate)),
    };
    return scenario;
  },
};

function still(name: string, samples: readonly Sample[]): Omit<Scenario, 'run'> {
  return {
    name,
    samples,
    before: seenOf(samples),
    after: seenOf(samples),
    prepare: async (isolate) => {
      const { headers, body } = multipart(samples.map(({ file }) => file));
      expectStatus(await isolate.fetch('/dicomweb/studies', { method: 'POST', headers, body }), 200);
    },
  };
}

/** @returns undefined when the answer is not complete, or says that it cannot be given now */
async function read(isolate: Isolate, path: string, accept: string): Promise<Uint8Array | undefined> {
  try {
    const response = await isolate.fetch(path, { headers: { Accept: accept } });
    const bytes = new Uint8Array(await response.arrayBuffer());
    // 413: D1 gave the read up.
    if (response.status >= 500 || response.status === 413) return undefined;
    if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
    return withoutBoundary(bytes, response.headers.get('Content-Type') ?? '');
  } catch (error) {
    if (error instanceof Killed || (error instanceof Error && error.message.startsWith(path))) throw error;
    return undefined;
  }
}

/** Boundaries are different in each answer. */
function withoutBoundary(bytes: Uint8Array, type: string): Uint8Array {
  const boundary = /boundary="?([^";]+)"?/.exec(type)?.[1];
  if (boundary === undefined) return bytes;
  const text = new TextDecoder('latin1').decode(bytes).replaceAll(boundary, '');
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function isSame(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && one.length === other.length && one.every((byte, at) => byte === other[at]);
}
