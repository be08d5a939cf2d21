import { sample, seenOf } from '../contents';
import { Isolate } from '../isolate';
import type { World } from '../world';
import { expectStatus, type Outcome, outcomeOfStore, type Scenario } from './scenario';

const STUDY = '1.2.3.4';
const A = '1.2.3.4.1';
const STORED = [sample(STUDY, A, `${A}.1`, 1, true), sample(STUDY, A, `${A}.2`, 2)];
const SENT = [sample(STUDY, A, `${A}.1`, 11, true), sample(STUDY, A, `${A}.3`, 3)];
const ALL = seenOf([...STORED, ...SENT]);
const VARIABLES = {
  DUPLICATES: 'replace',
  ROLES: JSON.stringify({
    officer: { permissions: ['administer', 'share', 'search', 'retrieve', 'store'] },
    research: { permissions: ['search', 'retrieve'], deidentify: true },
  }),
};
/** What no answer to a principal who sees the study de-identified may have. */
const TOLD = /nept|1\.2\.3\.4/i;

/** Stores to a study that some principals see de-identified, and what these see meanwhile. */
export const DEIDENTIFIED_SCENARIOS: Readonly<Record<string, () => Scenario>> = {
  'store to a study that is shared de-identified': () => {
    let [id, cookie] = ['', ''];
    return {
      name: 'store to a study that is shared de-identified',
      variables: VARIABLES,
      samples: [...STORED, ...SENT],
      before: seenOf(STORED),
      after: ALL,
      prepare: async (isolate) => {
        expectStatus(await isolate.store(STORED.map(({ file }) => file)), 200);
        const made = await isolate.fetch(`/dicomweb/studies/${STUDY}/shares`, sent({ deidentify: true }));
        expectStatus(made, 201);
        const share = (await made.json()) as { id: string; token: string };
        ({ id } = share);
        const opened = await isolate.fetch('/shares/open', sent({ token: share.token }));
        expectStatus(opened, 200);
        cookie = opened.headers.get('Set-Cookie')!.split(';')[0]!;
      },
      run: async (isolate) => await outcomeOfStore(await isolate.store(SENT.map(({ file }) => file))),
      check: async (world, phase) =>
        phase === 'end' ? [] : await seenDeidentified(world, { Cookie: cookie }, `/shares/${id}/dicomweb`),
    };
  },

  'search and open what a role sees de-identified': () => {
    let key = '';
    const told = new Set<string>();
    const headers = () => ({ Authorization: `Bearer ${key}`, Accept: 'application/dicom+json' });
    return {
      name: 'search and open what a role sees de-identified',
      variables: VARIABLES,
      samples: STORED,
      before: seenOf(STORED),
      after: seenOf(STORED),
      prepare: async (isolate) => {
        expectStatus(await isolate.store(STORED.map(({ file }) => file)), 200);
        const made = await isolate.fetch('/keys', sent({ name: 'research', roles: ['research'] }));
        expectStatus(made, 201);
        ({ key } = (await made.json()) as { key: string });
      },
      run: async (isolate): Promise<Outcome> => {
        const list = await isolate.fetch('/dicomweb/studies', { headers: headers() });
        if (list.status !== 200) return 'nothing';
        const uids = ((await list.json()) as Record<string, { Value: string[] }>[]).map(
          (row) => row['0020000D']!.Value[0]!,
        );
        for (const uid of uids) told.add(uid);
        const opened = await isolate.fetch(`/dicomweb/studies/${uids[0]}/metadata`, { headers: headers() });
        return opened.status === 200 ? 'all' : 'nothing';
      },
      check: async (world, phase) => {
        const found = phase === 'end' ? [] : await seenDeidentified(world, headers());
        return told.size <= 1 ? found : [...found, `one study was told of as ${told.size}`];
      },
    };
  },
};

/** Looks as a principal who sees the study de-identified, in another isolate. @returns what is wrong, in words */
async function seenDeidentified(world: World, headers: Record<string, string>, root = '/dicomweb'): Promise<string[]> {
  const isolate = new Isolate(world, VARIABLES);
  const list = await isolate.fetch(`${root}/studies?includefield=all`, { headers });
  const text = await list.text();
  if (list.status !== 200) return [`a de-identified list is answered with ${list.status}`];
  const [row] = JSON.parse(text) as Record<string, { Value: (string | number)[] }>[];
  const uid = row?.['0020000D']?.Value[0];
  const metadata = await isolate.fetch(`${root}/studies/${uid}/metadata`, { headers });
  if (metadata.status !== 200) return [`a study that is told of de-identified is answered with ${metadata.status}`];
  const instances = await metadata.text();
  const count = (JSON.parse(instances) as unknown[]).length;
  const found = [text, instances].flatMap((each) => TOLD.exec(each)?.[0] ?? []);
  return [
    ...found.map((what) => `a de-identified answer tells ${what}`),
    ...(Number(row?.['00201208']?.Value[0]) === count
      ? []
      : [`de-identified, the list and the metadata differ: ${count}`]),
  ];
}

function sent(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}
