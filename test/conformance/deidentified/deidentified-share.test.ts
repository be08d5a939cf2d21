import { describe, expect, it } from 'vitest';
import { Deidentification } from '../../../src/dicom/deidentify/deidentification';
import type { DeidentifyOptions } from '../../../src/dicom/deidentify/deidentify-options';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { OWN_UIDS, SERIES, type SeededStudy, STUDY, seededStudy } from '../../support/archive/seeded-study';
import { withSharedArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, partsOf } from '../../support/clients/archive-client';
import { type Answered, answers, requests } from '../../support/clients/deidentified-requests';
import { type SharedClient, sharedClient } from '../../support/clients/shared-client';
import { slice } from '../../support/files/samples';

const KEY = Uint8Array.from({ length: 32 }, (_, at) => at);
const BY = new Deidentification({}, KEY);
/** The options that change values and keep some of them. */
const CLEANING: DeidentifyOptions = {
  retainDates: 'modified',
  cleanDescriptors: true,
  cleanStructuredContent: true,
  retainSafePrivate: true,
};

let archive: ArchiveClient;
let study: SeededStudy;
/** The answers of the archive itself, with its own UIDs. */
let original: readonly Answered[];
withSharedArchive(async () => {
  archive = archiveClient();
  study = seededStudy();
  const stored = await archive.store(study.files);
  // 202: each file has a Patient ID of its own.
  expect(stored.status).toBe(202);
  original = await answers(archive, await requests(async (uid) => uid));
});

const share = (by = BY): SharedClient => sharedClient(archive, { by, of: { studyInstanceUID: STUDY } });

describe('PS3.15 E: a study that is shared de-identified', () => {
  it.each<[string, DeidentifyOptions]>([
    ['the Basic Profile', {}],
    ['all cleaning options', CLEANING],
  ])('by %s tells none of its seeded values in any answer, while the original tells them all', async (_, options) => {
    const by = new Deidentification(options, KEY);
    const seen = await answers(share(by), await requests((uid) => by.uid(uid)));
    const { seeds, files } = study;
    expect(seeds.length).toBeGreaterThan(200);
    const told = [...files.map((file) => new TextDecoder('latin1').decode(file)), ...original.map(({ text }) => text)];
    expect(seeds.filter((seed) => !told.some((text) => text.includes(seed)))).toEqual([]);

    const leaks = seen.flatMap(({ path, accept, text }) =>
      [...seeds, OWN_UIDS, 'Neptune', 'MRN0000002', '20240131']
        .filter((seed) => text.includes(seed))
        .map((seed) => [path, accept, seed]),
    );
    expect(leaks).toEqual([]);

    // The answers are answers: each kind succeeds where the original does, but for what is withheld.
    const counts = Map.groupBy(seen, ({ status }) => status);
    expect([...counts.keys()].filter((status) => ![200, 404, 406].includes(status))).toEqual([]);
    const document = await BY.uid(`${SERIES}.91.1`);
    const report = await BY.uid(`${SERIES}.90.1`);
    const withheld = /\/bulkdata\/(?:0009|5000|6000|0040A730|00880200)/;
    const refused = seen.filter(({ status, path }, at) => {
      // All values of the report that are not in its metadata are withheld.
      const isWithheld = path.includes(document) || withheld.test(path) || path.endsWith(`${report}/bulkdata`);
      return status !== original[at]!.status && !isWithheld;
    });
    expect(refused.map(({ status, path, accept }) => [status, path, accept])).toEqual([]);
    const served = seen.filter(({ path }) => path.includes(document) && !path.includes('/metadata'));
    expect(served.map(({ status }) => status)).toEqual(served.map(() => 406));
    expect(served[0]!.text).toContain('it is a document');
  });

  it('has other entity tags than the original, for each key and each set of options', async () => {
    const tags = async (client: Pick<SharedClient, 'fetch'>, uid: (own: string) => Promise<string>) =>
      (await answers(client, sample(await requests(uid)))).map(({ etag }) => etag).filter((etag) => etag !== null);
    // Of the instances, one stands for all.
    const sample = <Each>(asked: readonly Each[]): Each[] => [...asked.slice(0, 60), ...asked.slice(-20)];
    const own = sample(original).map(({ etag }) => etag ?? '');
    const basic = await tags(share(), (uid) => BY.uid(uid));
    const retained = new Deidentification({ retainUIDs: true }, KEY);
    const withUIDs = await tags(share(retained), async (uid) => uid);
    expect(basic.length).toBeGreaterThan(40);
    expect(withUIDs.length).toBe(basic.length);
    const all = [own, basic, withUIDs].map((each) => new Set(each));
    expect([...all[0]!].filter((tag) => all[1]!.has(tag) || all[2]!.has(tag))).toEqual([]);
    expect([...all[1]!].filter((tag) => all[2]!.has(tag))).toEqual([]);
  });

  it('tells no spelling of a name or an identifier in a short text, and other words', async () => {
    const [own, series] = ['1.2.826.0.1.3680043.10.778', '1.2.826.0.1.3680043.10.778.1'];
    const written = [
      'Mu\u0308ller',
      'Mueller',
      'Muller',
      'Walesa',
      'ﾔﾏﾀﾞ',
      'ヤマダ',
      'D’Souza',
      'DSOUZA',
      'AB－１２３４５',
    ];
    const files = written.map((each, at) =>
      slice({
        study: own,
        series,
        sop: `${series}.${at + 1}`,
        elements: [
          [0x00080020, 'DA', '20200229'],
          [0x00080070, 'LO', `Maker ${each} handheld`],
          [0x00081060, 'PN', "D'Souza^Hand"],
          [0x00100010, 'PN', 'Müller^Wałęsa==やまだ'],
          [0x00100020, 'LO', 'AB12345'],
        ],
      }),
    );
    expect((await archive.store(files)).status).toBe(200);
    const client = sharedClient(archive, { by: BY, of: { studyInstanceUID: own } });
    const metadata = await client.fetch(`/dicomweb/studies/${await BY.uid(own)}/metadata`);
    const makers = ((await metadata.json()) as DicomJson[]).map((each) => each['00080070']?.Value?.[0]);
    expect(makers).toEqual(written.map(() => 'Maker handheld'));
    const found = await client.fetch('/dicomweb/series?includefield=00080070');
    expect(((await found.json()) as DicomJson[])[0]?.['00080070']?.Value).toEqual(['Maker handheld']);
  });

  it('is one study: the same UIDs in metadata, searches, files and addresses', async () => {
    const client = share();
    const json = async (path: string): Promise<DicomJson[]> => await (await client.fetch(path)).json();
    const [found] = await json('/dicomweb/studies');
    const uid = await BY.uid(STUDY);
    expect(found?.['0020000D']?.Value).toEqual([uid]);
    expect(found?.['00100020']?.Value?.[0]).toMatch(/^PAT-/);
    const metadata = await json(`/dicomweb/studies/${uid}/metadata`);
    expect(metadata).toHaveLength(6);
    const pseudonyms = new Set(metadata.map((each) => JSON.stringify(each['00100020'] ?? each['00100010'])));
    expect(pseudonyms.has(JSON.stringify(found?.['00100020']))).toBe(true);
    for (const dataSet of metadata) {
      expect(dataSet['0020000D']?.Value).toEqual([uid]);
      expect(dataSet['00120062']?.Value).toEqual(['YES']);
    }
    const answer = await client.fetch(`/dicomweb/studies/${uid}`, {
      headers: { Accept: 'multipart/related; type="application/dicom"' },
    });
    const parts = await partsOf(answer);
    // The document is withheld.
    expect(parts).toHaveLength(5);
    const instance = await BY.uid(`${SERIES}.3`);
    const part = parts.find(({ headers }) => headers['Content-Location']?.endsWith(instance));
    expect(part?.headers['Content-Type']).toBe('application/dicom; transfer-syntax=1.2.840.10008.1.2.1');
    // Four native transfer syntaxes become one, with the same pixels.
    const stored = await archive.bytes(
      `/dicomweb/studies/${STUDY}/series/${SERIES}/instances/${SERIES}.3/frames/1`,
      'application/octet-stream; transfer-syntax=*',
    );
    const text = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes);
    expect(text(part!.body)).toContain(text(stored).slice(-400));
  });

  it('is all that there is: other studies, other keys and its own UIDs are 404', async () => {
    const client = share();
    const other = new Deidentification(
      {},
      KEY.map((byte) => byte ^ 1),
    );
    for (const uid of [STUDY, await other.uid(STUDY), '1.2.3', await BY.uid('1.2.3')]) {
      for (const path of ['', '/metadata', '/thumbnail', '/bulkdata', '/rendered']) {
        expect((await client.fetch(`/dicomweb/studies/${uid}${path}`)).status, path).toBe(404);
      }
      expect(await (await client.fetch(`/dicomweb/studies?StudyInstanceUID=${uid}`)).json()).toEqual([]);
      expect(await (await client.fetch(`/dicomweb/studies/${uid}/series`)).json()).toEqual([]);
    }
    for (const method of ['DELETE', 'POST']) {
      expect((await client.fetch(`/dicomweb/studies/${await BY.uid(STUDY)}`, { method })).status).toBe(403);
    }
  });

  it('a search compares the replaced values only, so that it answers no guess', async () => {
    const client = share();
    const found = async (query: string) =>
      ((await (await client.fetch(`/dicomweb/studies?${query}`)).json()) as DicomJson[]).length;
    const [row] = (await (await client.fetch('/dicomweb/studies?includefield=all')).json()) as DicomJson[];
    const [original] = await archive.json('/dicomweb/studies?includefield=all');
    const own = (tag: string, of = original) => {
      const value = of?.[tag]?.Value?.[0];
      return encodeURIComponent(
        typeof value === 'object' ? String((value as { Alphabetic: string }).Alphabetic) : String(value),
      );
    };
    for (const tag of ['00100020', '00100010', '00080050', '00080020', '00081030', '00080090']) {
      expect(await archive.json(`/dicomweb/studies?${tag}=${own(tag)}`), tag).toHaveLength(1);
      expect(await found(`${tag}=${own(tag)}`), tag).toBe(0);
    }
    expect(await found('PatientName=Q*&fuzzymatching=true')).toBe(0);
    expect(await found(`PatientID=${own('00100020', row)}`)).toBe(1);
    expect(await found(`AccessionNumber=${own('00080050', row)}&PatientName=PAT-*`)).toBe(1);
    expect(await found('ModalitiesInStudy=CT')).toBe(1);
    expect(await found('ModalitiesInStudy=PT')).toBe(0);
  });
});
