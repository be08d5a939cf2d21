import { type Visibility, type VisibleStudies, WHOLE } from '../../../src/archive/visibility';
import { type ArchiveClient, archiveClient } from '../clients/archive-client';
import type { Element } from '../files/part10';
import { slice } from '../files/samples';
import type { SeededRandom } from '../seeded-random';

/** A study of one or two series as a test stores it. */
export interface SeenStudy {
  readonly uid: string;
  readonly physician: string;
  readonly institution: string;
  readonly issuer: string;
  readonly accession: string;
  readonly date: string;
  readonly patient: string;
  readonly name: string;
  readonly storedBy: string;
  readonly labels: readonly string[];
  readonly series: readonly {
    readonly uid: string;
    readonly modality: string;
    readonly instances: readonly string[];
  }[];
}

const PHYSICIANS = ['Galle^Johann', 'Müller^Jürgen', 'OHARA^Zoe', ''];
const INSTITUTIONS = ['Clinic North', 'Klinik Süd', ''];
const ISSUERS = ['HOSPITAL', 'Practice', ''];
const MODALITIES = ['CT', 'MR', 'PT'];
const NAMES = ['Neptune^Planet', 'Neptun^Planet', 'Saturn^Ring', 'Jonsson^Eva', 'Johnson^Eve'];
const PRINCIPALS = ['key:one', 'key:two', ''];
const LABELS = [[], ['trial'], ['trial', 'ward-2'], ['ward-2']];

export function seenStudies(random: SeededRandom, count: number): SeenStudy[] {
  return Array.from({ length: count }, (_, at) => {
    const uid = `1.2.${at + 1}`;
    return {
      uid,
      physician: random.pick(PHYSICIANS),
      institution: random.pick(INSTITUTIONS),
      issuer: random.pick(ISSUERS),
      accession: `${random.pick(['A', 'B'])}-${at + 1}`,
      date: random.pick(['20230105', '20240131', '20240201', '20241231', '']),
      patient: random.pick(['P1', 'P2', 'P3', '']),
      name: random.pick(NAMES),
      storedBy: random.pick(PRINCIPALS),
      labels: random.pick(LABELS),
      series: Array.from({ length: 1 + random.below(2) }, (_, of) => ({
        uid: `${uid}.${of + 1}`,
        modality: random.pick(MODALITIES),
        instances: Array.from({ length: 1 + random.below(2) }, (_, sop) => `${uid}.${of + 1}.${sop + 1}`),
      })),
    };
  });
}

/** The files of a study, or of one of its series. */
function filesOf(study: SeenStudy, seriesUID?: string): Uint8Array[] {
  const texts: Element[] = [
    [0x00080020, 'DA', study.date],
    [0x00080050, 'SH', study.accession],
    [0x00080080, 'LO', study.institution],
    [0x00080090, 'PN', study.physician],
    [0x00100010, 'PN', study.name],
    [0x00100020, 'LO', study.patient],
    [0x00100021, 'LO', study.issuer],
  ];
  return study.series
    .filter(({ uid }) => seriesUID === undefined || uid === seriesUID)
    .flatMap(({ uid, modality, instances }, at) =>
      instances.map((sop, number) =>
        slice({
          study: study.uid,
          series: uid,
          sop,
          instanceNumber: number + 1,
          seed: number + 1,
          elements: [
            ...texts,
            [0x00080060, 'CS', modality],
            [0x00181210, 'SH', `K-${uid}`],
            [0x00200011, 'IS', String(at + 1)],
          ],
        }),
      ),
    );
}

/**
 * Stores studies, or only some of their series, each by its principal and with its labels.
 * @returns a client that sees the whole archive
 */
export async function storeSeen(
  studies: readonly SeenStudy[],
  variables: Record<string, string>,
  isVisible: (study: SeenStudy, seriesUID: string) => boolean = () => true,
): Promise<ArchiveClient> {
  const whole = archiveClient(variables);
  // The first request makes the index follow the configuration.
  await whole.fetch('/dicomweb/studies');
  const clients = new Map<string, ArchiveClient>();
  for (const study of studies) {
    const { storedBy: principal, labels } = study;
    const key = JSON.stringify([principal, labels]);
    const viewpoint = { principal, visibility: 'everything', labels } as const;
    const client = clients.get(key) ?? archiveClient(variables, undefined, whole.prefix, viewpoint);
    clients.set(key, client);
    const files = study.series.filter(({ uid }) => isVisible(study, uid)).flatMap(({ uid }) => filesOf(study, uid));
    if (files.length > 0 && (await client.store(files)).status !== 200) throw new Error('not stored');
  }
  return whole;
}

/** A client that sees a part of an archive. */
export function confinedClient(
  whole: ArchiveClient,
  visibility: Visibility,
  variables: Record<string, string> = {},
  principal = 'key:reader',
): ArchiveClient {
  return archiveClient(variables, undefined, whole.prefix, { ...WHOLE, principal, visibility });
}

/** Whether a series can be seen, by the words of VisibleStudies and written without looking at the SQL. */
export function sees(visibility: Visibility, studies: readonly SeenStudy[], study: SeenStudy, series: string): boolean {
  if (visibility === 'everything') return true;
  return visibility.some((set) => {
    if (holds(set, study, series)) return true;
    if (!set.withPriors || study.patient === '') return false;
    return studies.some(
      (other) => other.patient === study.patient && other.issuer === study.issuer && holds(set, other, undefined),
    );
  });
}

function holds(set: VisibleStudies, study: SeenStudy, series: string | undefined): boolean {
  const matches = (values: readonly string[] | undefined, held: string) =>
    values === undefined || values.some((value) => held !== '' && like(value, held));
  return (
    matches(set.referringPhysicianName, study.physician) &&
    matches(set.institutionName, study.institution) &&
    matches(set.issuerOfPatientID, study.issuer) &&
    matches(set.accessionNumber, study.accession) &&
    (set.studyDateFrom === undefined || (study.date !== '' && study.date >= set.studyDateFrom)) &&
    (set.labels === undefined || set.labels.some((label) => study.labels.includes(label))) &&
    (set.storedBy === undefined || (set.storedBy !== '' && set.storedBy === study.storedBy)) &&
    (set.scopes === undefined ||
      set.scopes.some(
        ({ studyInstanceUID, seriesInstanceUID }) =>
          studyInstanceUID === study.uid && (seriesInstanceUID === undefined || seriesInstanceUID === series),
      ))
  );
}

function like(pattern: string, held: string): boolean {
  // A value that says nothing must not match everything.
  if (!/[\p{L}\p{N}]/u.test(pattern)) return false;
  const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const source = plain(pattern)
    .replace(/[.^$+()[\]{}|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(plain(held));
}
