import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { deidentificationOf } from '../../../src/archive/deidentify/deidentified-view';
import { SEARCH_KEYS } from '../../../src/archive/search/search-keys';
import type { DeidentifyOptions } from '../../../src/dicom/deidentify/deidentify-options';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { openArchive } from '../../../src/storage/open-archive';
import { OWN_UIDS, SERIES, STUDY, seededStudy } from '../../support/archive/seeded-study';
import { withSharedArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { answers, requests } from '../../support/clients/deidentified-requests';
import { slice } from '../../support/files/samples';

/** The options that change values and keep some of them. */
const CLEANING: DeidentifyOptions = {
  retainDates: 'modified',
  cleanDescriptors: true,
  cleanStructuredContent: true,
  retainSafePrivate: true,
};
const ROLES = {
  officer: { permissions: ['administer', 'audit'] },
  clinician: { permissions: ['search', 'retrieve', 'store', 'delete', 'restore', 'share'] },
  research: { permissions: ['search', 'retrieve'], deidentify: true },
  cleaned: { permissions: ['search', 'retrieve'], deidentify: CLEANING },
  retained: {
    permissions: ['search', 'retrieve'],
    deidentify: { retainUIDs: true, retainPatientCharacteristics: true },
  },
  part: { permissions: ['search', 'retrieve'], deidentify: true, studies: { AccessionNumber: ['TRIAL*'] } },
};
/** A study of another patient, which the role `part` sees, and one that it does not see. */
const [TRIAL, OTHER] = [`${OWN_UIDS}.2`, `${OWN_UIDS}.3`];

type Role = keyof typeof ROLES;

let whole: ArchiveClient;
let keys: ReadonlyMap<string, string>;
const study = seededStudy();

withSharedArchive(async () => {
  whole = archiveClient({ ROLES: JSON.stringify(ROLES) });
  const others = [TRIAL, OTHER].map((uid, at) => {
    const accession = at === 0 ? 'TRIAL-1' : 'ACC-77';
    return slice({ study: uid, series: `${uid}.1`, sop: `${uid}.1.1`, elements: [[0x00080050, 'SH', accession]] });
  });
  // 202: each file has a Patient ID of its own.
  expect((await whole.store([...study.files, ...others])).status).toBe(202);
  const made = new Map<string, string>();
  for (const roles of [...Object.keys(ROLES).map((role) => [role]), ['clinician', 'officer', 'research']]) {
    const body = JSON.stringify({ name: 'A key', roles });
    const headers = { 'Content-Type': 'application/json' };
    const answer = await whole.fetch('/keys', { method: 'POST', headers, body });
    made.set(roles.join(' '), ((await answer.json()) as { key: string }).key);
  }
  keys = made;
});

/** An isolate of the deployment, with a key that has these roles. */
function client(roles: Role | 'clinician officer research') {
  const closed = archiveClient({ ALLOW_ANONYMOUS: '', ROLES: JSON.stringify(ROLES) }, undefined, whole.prefix);
  const authorization = { Authorization: `Bearer ${keys.get(roles)}` };
  const fetch = (path: string, init: RequestInit = {}) =>
    closed.fetch(path, { ...init, headers: { ...authorization, ...init.headers } });
  const json = async (path: string): Promise<DicomJson[]> => await (await fetch(path)).json();
  return { fetch, json };
}

const by = async (options: DeidentifyOptions) =>
  await deidentificationOf(openArchive(whole.prefix, whole.bindings), { options });
const uidOf = (row: DicomJson | undefined) => String(row?.['0020000D']?.Value?.[0]);
/** The value of a search key in a result; undefined when the result has none. */
function textOf(row: DicomJson, path: string): string | undefined {
  const [tag = '', inside] = path.split('.');
  const value = row[tag]?.Value?.[0];
  if (inside !== undefined) return value === undefined ? undefined : textOf(value as DicomJson, inside);
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? (value as { Alphabetic?: string }).Alphabetic : String(value);
}
const named = async (options: DeidentifyOptions) => {
  const { uid } = await by(options).then((of) => ({ uid: (own: string) => of.uid(own) }));
  return uid;
};

describe('PS3.15 E: a role that de-identifies', () => {
  it('tells none of the seeded values in any answer', async () => {
    const asking = client('cleaned');
    // A search tells the UIDs under which the studies can be asked for.
    expect(await asking.json('/dicomweb/studies')).toHaveLength(3);
    const uid = await named(CLEANING);
    const seen = await answers(asking, await requests(uid, [2]));
    expect(study.seeds.length).toBeGreaterThan(200);
    const leaks = seen.flatMap(({ path, accept, text }) =>
      [...study.seeds, OWN_UIDS, 'Neptune', 'MRN0000002', '20240131', 'Galle', 'TRIAL-1', 'ACC-77']
        .filter((seed) => text.includes(seed))
        .map((seed) => [path, accept, seed]),
    );
    expect(leaks).toEqual([]);
    // deidentified-share.test.ts compares the status of each answer with that of the archive itself.
    expect([...new Set(seen.map(({ status }) => status))].sort()).toEqual([200, 404, 406]);
    expect(seen.filter(({ status }) => status === 200).length).toBeGreaterThan(60);
  });

  it('knows a study by its replaced UID in every isolate, and by no other', async () => {
    const rows = await client('research').json('/dicomweb/studies');
    for (const row of rows) {
      const answer = await client('research').fetch(`/dicomweb/studies/${uidOf(row)}/metadata`);
      expect(answer.status).toBe(200);
      expect(await client('research').json(`/dicomweb/studies?StudyInstanceUID=${uidOf(row)}`)).toHaveLength(1);
    }
    for (const uid of [STUDY, TRIAL, '1.2.3', await (await named({}))('1.2.3')]) {
      for (const path of ['', '/metadata', '/series/1.2/metadata', '/rendered', '/thumbnail']) {
        expect((await client('research').fetch(`/dicomweb/studies/${uid}${path}`)).status, path).toBe(404);
      }
      expect(await client('research').json(`/dicomweb/studies?StudyInstanceUID=${uid}`)).toEqual([]);
    }
  });

  it('may change nothing, and counts alone: another role does not show what it hides', async () => {
    const asking = client('clinician officer research');
    for (const row of await asking.json('/dicomweb/studies')) expect(uidOf(row)).toMatch(/^2\.25\./);
    const uid = await (await named({}))(STUDY);
    const changes: [string, string][] = [
      ['DELETE', `/dicomweb/studies/${uid}`],
      ['POST', `/dicomweb/studies/${uid}/restore`],
      ['POST', `/dicomweb/studies/${uid}/shares`],
      ['POST', '/dicomweb/studies'],
      ['GET', '/audit'],
      ['GET', '/keys'],
      ['GET', `/dicomweb/studies/${uid}/labels`],
    ];
    for (const [method, path] of changes) expect((await asking.fetch(path, { method })).status, path).toBe(403);
  });

  it('keeps what its options retain, and the UIDs of the archive with Retain UIDs', async () => {
    const asking = client('retained');
    const rows = await asking.json(`/dicomweb/studies?StudyInstanceUID=${TRIAL}`);
    expect(rows.map(uidOf)).toEqual([TRIAL]);
    const [dataSet] = await asking.json(`/dicomweb/studies/${TRIAL}/metadata`);
    expect(dataSet?.['00080018']?.Value).toEqual([`${TRIAL}.1.1`]);
    expect(dataSet?.['00100020']?.Value?.[0]).toMatch(/^PAT-/);
    expect(dataSet?.['00120064']?.Value).toHaveLength(3);
    expect(await asking.json('/dicomweb/instances?SOPInstanceUID=1.2.3')).toEqual([]);
  });

  it('sees the part of its role: other studies do not exist under any UID', async () => {
    const uid = await named({});
    // Another role has told these UIDs.
    await client('research').json('/dicomweb/studies');
    const asking = client('part');
    expect((await asking.json('/dicomweb/studies')).map(uidOf)).toEqual([await uid(TRIAL)]);
    expect((await asking.fetch(`/dicomweb/studies/${await uid(TRIAL)}/metadata`)).status).toBe(200);
    for (const own of [STUDY, OTHER]) {
      const answer = await asking.fetch(`/dicomweb/studies/${await uid(own)}/metadata`);
      const none = await asking.fetch(`/dicomweb/studies/${await uid('1.2.3')}/metadata`);
      expect([answer.status, await answer.text()]).toEqual([none.status, await none.text()]);
    }
  });

  it('searches the replaced values, so that a search answers no guess', async () => {
    const asking = client('research');
    const found = async (query: string, level = 'studies') => {
      const answer = await asking.fetch(`/dicomweb/${level}?${query}`);
      return answer.status === 204 ? 0 : ((await answer.json()) as unknown[]).length;
    };
    expect(await found('AccessionNumber=TRIAL-1')).toBe(0);
    expect(await found('PatientName=Galle*')).toBe(0);
    expect(await found('StudyDate=20240131')).toBe(0);
    const rows = await asking.json('/dicomweb/studies?includefield=all');
    const accession = rows.find((row) => row['00080050']?.Value)?.['00080050']?.Value?.[0];
    expect(accession).toMatch(/^ACC-/);
    expect(await found(`AccessionNumber=${accession}`)).toBe(1);
    expect(await found('PatientName=PAT-*')).toBe(3);
    const uid = await named({});
    expect(await found(`SOPInstanceUID=${await uid(`${TRIAL}.1.1`)}`, 'instances')).toBe(1);
    expect(await found(`SOPInstanceUID=${TRIAL}.1.1`, 'instances')).toBe(0);
    expect(await found(`SeriesInstanceUID=${await uid(SERIES)}`, 'series')).toBe(1);
  });

  it('finds what contains a match of any key, in every resource', async () => {
    const asking = client('research');
    const uid = await named({});
    const [own] = await asking.json(`/dicomweb/instances?SOPInstanceUID=${await uid(`${TRIAL}.1.1`)}&includefield=all`);
    const levels = ['study', 'series', 'instance'];
    for (const { path, vr, level } of SEARCH_KEYS) {
      const value = textOf(own!, path);
      const asked = value ?? { DA: '19000101', TM: '0101', IS: '999', UI: '1.9.9' }[vr] ?? 'X';
      for (const resource of ['studies', 'series', 'instances'].slice(0, levels.indexOf(level) + 1)) {
        const query = `${path}=${encodeURIComponent(asked)}`;
        const answer = await asking.fetch(`/dicomweb/${resource}?${query}`);
        expect([resource, query, answer.status]).toEqual([resource, query, 200]);
        const rows = (await answer.json()) as DicomJson[];
        expect([resource, query, rows.some((row) => uidOf(row) === uidOf(own))]).toEqual([
          ...[resource, query],
          value !== undefined,
        ]);
        // Each is found once, however many of its series and instances match.
        const names = rows.map((row) => ['0020000D', '0020000E', '00080018'].map((tag) => row[tag]?.Value?.[0]).join());
        expect(new Set(names).size).toBe(names.length);
      }
    }
    const next = await asking.json(`/dicomweb/studies?SOPClassUID=${own!['00080016']!.Value![0]}&limit=1&offset=1`);
    expect(next).toHaveLength(1);
    const below = `SOPInstanceUID=${await uid(`${TRIAL}.1.1`)}&limit=1`;
    expect(await asking.json(`/dicomweb/studies?${below}`)).toHaveLength(1);
    expect((await asking.fetch(`/dicomweb/studies?${below}&offset=1`)).status).toBe(200);
  });

  it('is in the record with the UID of the archive, so that an auditor finds who saw a study', async () => {
    const asking = client('research');
    const [row] = await asking.json('/dicomweb/studies');
    await asking.fetch(`/dicomweb/studies/${uidOf(row)}/metadata`);
    const { results } = await env.DB.prepare(
      "SELECT DISTINCT study_instance_uid AS uid FROM audit_event WHERE action = 'access' AND outcome = 'success'",
    ).all<{ uid: string }>();
    const own = new Set([STUDY, TRIAL, OTHER]);
    expect(results.length).toBeGreaterThan(0);
    expect(results.filter(({ uid }) => !own.has(uid))).toEqual([]);
  });
});

describe('WADO-URI anonymize=yes', () => {
  const path = `/wado?requestType=WADO&studyUID=${TRIAL}&seriesUID=${TRIAL}.1&objectUID=${TRIAL}.1.1&contentType=application/dicom`;

  it('takes the options of the profile, and is the same file as for a role with these options', async () => {
    const asking = client('clinician');
    const get = async (rest: string) => {
      const answer = await asking.fetch(path + rest);
      return { status: answer.status, text: new TextDecoder('latin1').decode(await answer.arrayBuffer()) };
    };
    const basic = await get('&anonymize=yes');
    expect(basic.status).toBe(200);
    expect(basic.text).not.toContain(OWN_UIDS);
    const retained = await get('&anonymize=yes&deidentify=retainUIDs,retainPatientCharacteristics');
    expect(retained.text).toContain(`${TRIAL}.1.1`);
    expect(retained.text).not.toContain('TRIAL-1');
    const role = await client('retained').fetch(path);
    expect(new TextDecoder('latin1').decode(await role.arrayBuffer())).toBe(retained.text);
    const dates = await get('&anonymize=yes&deidentify=retainDates:full');
    expect(dates.status).toBe(200);
    for (const wrong of ['retainUids', 'retainDates', 'retainDates:all', 'retainUIDs:no', 'retainUIDs,retainUIDs']) {
      expect((await get(`&anonymize=yes&deidentify=${wrong}`)).status, wrong).toBe(400);
    }
    expect((await get('&deidentify=retainUIDs')).status).toBe(400);
  });
});
