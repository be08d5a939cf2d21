import { describe, expect, it } from 'vitest';
import type { Visibility } from '../../../src/archive/visibility';
import { SERVICES } from '../../../src/dicomweb/routes';
import { confinedClient, type SeenStudy, seenStudies, sees, storeSeen } from '../../support/archive/part-of-archive';
import { emptyArchive, withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { seededRandom } from '../../support/seeded-random';

withArchive();

const STUDIES = seenStudies(seededRandom(20261129), 14);
const seriesOf = (study: SeenStudy) => study.series[0]!;
const [twoSeries] = STUDIES.filter(({ series }) => series.length > 1);

const VIEWS: readonly (readonly [name: string, visibility: Exclude<Visibility, 'everything'>])[] = [
  ['nothing', []],
  ['a referring physician', [{ referringPhysicianName: ['galle^johann', 'Muller*'] }]],
  ['an institution', [{ institutionName: ['clinic n*', 'KLINIK SÜD'] }]],
  ['an issuer and accession numbers', [{ issuerOfPatientID: ['hospital'], accessionNumber: ['a-*', 'B-1?'] }]],
  ['a date', [{ studyDateFrom: '20240201' }]],
  ['labels', [{ labels: ['trial', 'other'] }]],
  ['what a key stored', [{ storedBy: 'key:one' }]],
  ['what nobody stored', [{ storedBy: '' }]],
  ['a label, with priors', [{ labels: ['ward-2'], withPriors: true }]],
  ['either of two sets', [{ labels: ['ward-2'] }, { referringPhysicianName: ['OHARA*'], studyDateFrom: '20240101' }]],
  [
    'studies',
    [{ scopes: [{ studyInstanceUID: '1.2.2' }, { studyInstanceUID: '1.2.9' }, { studyInstanceUID: '9.9' }] }],
  ],
  [
    'a series',
    [
      { scopes: [{ studyInstanceUID: twoSeries!.uid, seriesInstanceUID: twoSeries!.series[1]!.uid }] },
      { labels: ['trial'] },
    ],
  ],
  ['a value without a letter', [{ referringPhysicianName: ['*^*', '^'] }, { accessionNumber: ['*-*'] }]],
];

const SEARCHES = [
  '/studies',
  '/studies?count=true&limit=3',
  '/studies?count=true&limit=3&offset=2',
  '/studies?PatientName=*ept*&count=true',
  '/studies?PatientName=neptune planet&fuzzymatching=true&count=true',
  '/studies?PatientName=Johnson^Eva&fuzzymatching=true',
  '/studies?ReferringPhysicianName=*a*&orderby=PatientName',
  '/studies?ModalitiesInStudy=CT&count=true',
  '/studies?ModalitiesInStudy=MR,PT',
  '/studies?StudyDate=20240101-20240331&count=true',
  '/studies?PatientID=P1&includefield=all',
  '/studies?AccessionNumber=A*&orderby=-StudyDate',
  '/studies?SeriesDescription=ax*',
  ...['1.2.1', '1.2.2', '1.2.3', '1.2.9'].map((uid) => `/studies?StudyInstanceUID=${uid}&count=true`),
  '/studies?SOPInstanceUID=1.2.3.1.1',
  '/series?count=true',
  '/series?Modality=CT&count=true',
  '/series?SeriesInstanceUID=1.2.4.1',
  '/series?PatientName=*nept*&orderby=Modality',
  '/instances?count=true&limit=5',
  '/instances?SOPInstanceUID=1.2.5.1.1&count=true',
  '/instances?PatientName=neptune&fuzzymatching=true&includefield=all',
  ...['K-1.2.2.1', `K-${twoSeries!.series[0]!.uid}`, `K-${twoSeries!.series[1]!.uid}`].flatMap((value) => [
    `/studies?ConvolutionKernel=${value}&count=true`,
    `/series?ConvolutionKernel=${value}&count=true`,
  ]),
  '/studies?ConvolutionKernel=K-*&orderby=ConvolutionKernel',
  '/studies?ConvolutionKernel=%22%22&count=true',
  '/instances?ConvolutionKernel=K-*&orderby=-ConvolutionKernel&count=true',
  `/studies/${twoSeries!.uid}/series?count=true`,
  `/studies/${twoSeries!.uid}/instances?count=true`,
].map((path) => `/dicomweb${path}`);

/** An attribute of series that is searched beyond the standard's keys. */
const VARIABLES = { SEARCH_ATTRIBUTES: 'ConvolutionKernel' };

/** All of an answer that does not name a moment or the random name of an object. */
async function answerOf(client: ArchiveClient, path: string, init: RequestInit = {}) {
  const response = await client.fetch(path, init);
  // A principal that sees a part gets no bookmark of the index.
  const own = ['etag', 'date', 'archive-bookmark', 'set-cookie'];
  const headers = Object.fromEntries([...response.headers].filter(([name]) => !own.includes(name)));
  // Only who sees the whole archive is told how many series it has.
  const { warning } = headers;
  if (warning !== undefined) headers.warning = warning.replace(/: \d+ of \d+ series done/, '');
  const boundary = /boundary="?([^";]+)/.exec(headers['content-type'] ?? '')?.[1];
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder('latin1').decode(bytes);
  const plain = boundary === undefined ? text : text.replaceAll(boundary, 'boundary');
  if (boundary !== undefined) headers['content-type'] = headers['content-type']!.replace(boundary, 'boundary');
  if (path.includes('anonymize')) {
    // UIDs of de-identified instances are made with a secret of the archive.
    delete headers['content-length'];
    return { path, status: response.status, headers, body: response.status === 200 ? '' : plain };
  }
  return { path, status: response.status, headers, body: withoutEntityTags(plain) };
}

/** Parts name the entity tags of what they hold. */
function withoutEntityTags(text: string): string {
  return text.replaceAll(/\r\nETag: [^\r]*/gi, '');
}

/** Every route that reads, with the UIDs of a study. */
function readsOf(study: SeenStudy): string[] {
  const series = seriesOf(study);
  const [instance = ''] = series.instances;
  const named: Record<string, string> = {
    study: study.uid,
    series: series.uid,
    instance,
    frames: '1',
    '+path': '7FE00010',
  };
  const paths = SERVICES.flatMap(({ base, routes }) =>
    routes
      .filter(([method, path, name]) => method === 'GET' && path.includes('{') && !name.startsWith('Search'))
      .map(([, path]) => base + path.replaceAll(/\{(\+?\w+)\}/g, (_, name: string) => named[name]!)),
  );
  const uri = `/wado?requestType=WADO&studyUID=${study.uid}&seriesUID=${series.uid}&objectUID=${instance}`;
  const zip = `/dicomweb/studies/${study.uid}?accept=application/zip`;
  return [
    ...paths,
    uri,
    `${uri}&contentType=application/dicom`,
    `${uri}&contentType=application/dicom&anonymize=yes`,
    zip,
  ];
}

/** What each view finds in one archive that holds all studies. Leaves an empty archive behind. */
async function searched(): Promise<Map<string, Awaited<ReturnType<typeof answerOf>>[]>> {
  const whole = await storeSeen(STUDIES, VARIABLES);
  const found = new Map();
  for (const [name, visibility] of VIEWS) {
    const confined = confinedClient(whole, visibility, VARIABLES);
    const seen = [];
    for (const path of SEARCHES) seen.push(await answerOf(confined, path));
    found.set(name, seen);
  }
  await emptyArchive();
  return found;
}

let ofViews: Promise<Awaited<ReturnType<typeof searched>>> | undefined;

describe('a part of an archive', () => {
  it.each(VIEWS)('is searched as an archive that holds nothing else: %s', async (name, visibility) => {
    ofViews ??= searched();
    const seen = (await ofViews).get(name)!;
    const visible = (study: SeenStudy, series: string) => sees(visibility, STUDIES, study, series);
    const other = await storeSeen(STUDIES, VARIABLES, visible);
    for (const answer of seen) expect(answer).toEqual(await answerOf(other, answer.path));
  });

  it.each(VIEWS.filter(([name]) => ['labels', 'a series', 'an institution'].includes(name)))(
    'is read and changed as an archive that holds nothing else: %s',
    async (_, visibility) => {
      const whole = await storeSeen(STUDIES, {});
      const visible = (study: SeenStudy, series = seriesOf(study).uid) => sees(visibility, STUDIES, study, series);
      const seen = STUDIES.find((study) => visible(study))!;
      const hidden = STUDIES.find((study) => !study.series.some(({ uid }) => visible(study, uid)))!;
      const inPart = visibility.some(({ scopes }) => scopes !== undefined) ? [twoSeries!] : [];
      const reads = [seen, hidden, ...inPart].flatMap(readsOf);
      const changes = [hidden, seen, ...inPart].flatMap(changesOf);
      const run = async (client: ArchiveClient) => {
        const answers = [];
        for (const path of reads) answers.push(await answerOf(client, path));
        for (const [method, path] of changes) answers.push(await answerOf(client, path, { method }));
        return answers;
      };
      const before = await whole.json(`/dicomweb/studies/${hidden.uid}/metadata`);
      const found = await run(confinedClient(whole, visibility));
      expect(await whole.json(`/dicomweb/studies/${hidden.uid}/metadata`)).toEqual(before);
      await emptyArchive();
      const other = await storeSeen(STUDIES, {}, (study, series) => visible(study, series));
      const expected = await run(other);
      for (const [at, answer] of found.entries()) expect(answer, answer.path).toEqual(expected[at]);
      expect(new Set(found.map(({ status }) => status))).toEqual(new Set(expected.map(({ status }) => status)));
      expect(found.some(({ status }) => status === 200)).toBe(true);
    },
  );
});

it('a study is not seen for an institution of which no series is left, and comes back with it', async () => {
  const whole = archiveClient();
  const study = '/dicomweb/studies/1.2.3';
  const [north, south] = ['North Clinic', 'South'].map((name, at) =>
    slice({ study: '1.2.3', series: `1.2.3.${at}`, sop: `1.2.3.${at}.1`, elements: [[0x00080080, 'LO', name]] }),
  );
  expect((await whole.store([north!, south!])).status).toBe(200);
  const confined = confinedClient(whole, [{ institutionName: ['north*'] }]);
  const seen = async () => {
    const [found, read] = [await confined.json('/dicomweb/studies'), await confined.fetch(`${study}/metadata`)];
    await read.body?.cancel();
    return [found.length, read.status];
  };
  const act = async (client: ArchiveClient, method: string, path: string) =>
    expect((await client.fetch(path, { method })).status, `${method} ${path}`).toBe(204);
  for (const part of [`${study}/series/1.2.3.0`, `${study}/series/1.2.3.0/instances/1.2.3.0.1`]) {
    expect(await seen()).toEqual([1, 200]);
    await act(confined, 'DELETE', part);
    expect(await seen()).toEqual([0, 404]);
    await act(whole, 'POST', `${part}/restore`);
  }
  // Deleted as a whole, it keeps both, so that who has deleted it can restore it.
  await act(confined, 'DELETE', study);
  await act(confined, 'POST', `${study}/restore`);
  expect(await seen()).toEqual([1, 200]);
});

/** Every change, and what reads and searches say between them. */
function changesOf(study: SeenStudy): [method: string, path: string][] {
  const whole = `/dicomweb/studies/${study.uid}`;
  const series = `${whole}/series/${seriesOf(study).uid}`;
  const instance = `${series}/instances/${seriesOf(study).instances[0]}`;
  return [instance, series, whole].flatMap((path): [string, string][] => [
    ['POST', `${path}/restore`],
    ['DELETE', path],
    ['GET', path],
    ['GET', `${path}/metadata`],
    ['GET', `${instance}/frames/1`],
    ['GET', '/dicomweb/studies?count=true'],
    ['DELETE', path],
    ['POST', `${path}/restore`],
    ['GET', `${path}/metadata`],
    ['GET', '/dicomweb/series?count=true'],
  ]);
}
