import { describe, expect, it, vi } from 'vitest';
import { AuditLog, COLLECTED_MS } from '../../../src/archive/audit/audit-log';
import { doneBy, QUIET } from '../../../src/observability/audit/record-requests';
import { MOST_UNKNOWN } from '../../../src/observability/audit/unknown-senders';
import { ALL_SERVICES } from '../../../src/services';
import { type ArchiveBindings, openArchive } from '../../../src/storage/open-archive';
import { newAddress } from '../../support/access/addresses';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, multipart } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { replacing } from '../../support/platform/replacing';
import { withStoppedClock } from '../../support/time/stopped-clock';

const ROLES = JSON.stringify({
  officer: { permissions: ['administer'] },
  auditor: { permissions: ['audit'] },
  uploader: { permissions: ['store'] },
  reader: { permissions: ['search', 'retrieve', 'delete', 'restore'] },
});
const STUDY = '/dicomweb/studies/1.2.3.4';
const INSTANCE = `${STUDY}/series/1.2.3.4.0/instances/1.2.3.4.1`;
const CLIENT = newAddress();
const ADDRESS = { 'CF-Connecting-IP': CLIENT, 'User-Agent': 'a test' };

withArchive();
withStoppedClock();

interface Event {
  readonly [member: string]: unknown;
}

/** A deployment with a key for each role; requests go out with the key of a role. */
async function deployment() {
  const open = archiveClient({ ROLES });
  const archive = archiveClient({ ALLOW_ANONYMOUS: '', ROLES }, undefined, open.prefix);
  const keys = new Map<string, string>();
  for (const role of ['officer', 'auditor', 'uploader', 'reader']) {
    const body = JSON.stringify({ name: `The ${role}`, roles: [role] });
    const made = await open.fetch('/keys', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    keys.set(role, ((await made.json()) as { key: string }).key);
  }
  const as = (role: string, path: string, init: RequestInit = {}, on: ArchiveClient = archive) => {
    const headers = { ...ADDRESS, Authorization: `Bearer ${keys.get(role) ?? role}`, ...init.headers };
    return on.fetch(path, { ...init, headers });
  };
  const store = (role: string, file = slice()) =>
    as(role, '/dicomweb/studies', { method: 'POST', ...multipart([file]) });
  const record = async (query = '') => (await (await as('auditor', `/audit${query}`)).json()) as Event[];
  return { archive, as, store, record };
}

/** Bindings whose database takes no events while `fails` says so. */
function withoutRecord(real: ArchiveBindings, fails: () => boolean): ArchiveBindings {
  const withSession = (constraint?: string) => {
    const session = real.database.withSession(constraint);
    const prepare = (statement: string) => {
      if (fails() && statement.includes('INTO audit_event')) throw new Error('The database does not answer.');
      return session.prepare(statement);
    };
    return replacing(session, { prepare });
  };
  return { ...real, database: replacing(real.database, { withSession }) };
}

describe('the acts of the record', () => {
  it('are named for every route: only what administrators do counts as administration', () => {
    const routes = ALL_SERVICES.flatMap(({ routes }) => routes);
    const administration = routes.filter(([, , name]) => doneBy(name)[1] === 'administer');
    const others = administration.filter(([, , name, access]) => access !== 'administer' && !QUIET.has(name));
    expect(others.map(([method, path]) => `${method} ${path}`)).toEqual(['GET /health']);
    expect(administration.length).toBeGreaterThan(5);
  });
});

describe('the record', () => {
  it('says who did what, from where and with which outcome, and nothing of the patient', async () => {
    const { as, store, record } = await deployment();
    await store('uploader');
    await as('reader', '/dicomweb/studies?PatientName=Neptune*');
    await as('reader', `${STUDY}/metadata`);
    await as('reader', STUDY, { method: 'DELETE' });
    await as('reader', `${STUDY}/restore`, { method: 'POST' });
    await as('uploader', '/dicomweb/studies');
    await as('reader', '/dicomweb/studies/9.9/metadata');
    await as('dwk_forged', '/dicomweb/studies');
    const events = await record();
    expect(events).toMatchObject([
      { action: 'store', outcome: 'success', principalName: 'The uploader', studyInstanceUID: '1.2.3.4', instances: 1 },
      { action: 'search', outcome: 'success', principalName: 'The reader', searches: 1 },
      { action: 'access', outcome: 'success', studyInstanceUID: '1.2.3.4', retrievals: 1 },
      { action: 'delete', outcome: 'success', studyInstanceUID: '1.2.3.4' },
      { action: 'restore', outcome: 'success', studyInstanceUID: '1.2.3.4' },
      { action: 'search', outcome: 'refused', principalName: 'The uploader' },
      { action: 'access', outcome: 'absent', studyInstanceUID: '9.9' },
      { action: 'search', outcome: 'refused', principalID: 'unknown' },
    ]);
    for (const event of events) expect(event).toMatchObject({ address: CLIENT, requests: 1 });
    expect(JSON.stringify(events)).not.toMatch(/Neptune|MRN|forged|dwk_/);
    expect(await record('?study=1.2.3.4&action=access')).toHaveLength(1);
    expect((await record()).at(-1)).toMatchObject({ action: 'audit', principalName: 'The auditor' });
  });

  it('has one event of a study that is opened in a viewer, with its counts', async () => {
    const { archive, as, store, record } = await deployment();
    await store('uploader');
    AuditLog.collectedMs = COLLECTED_MS;
    const now = Date.now();
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout'], now });
    try {
      const requests = [`${STUDY}/series`, `${STUDY}/metadata`, `${INSTANCE}/rendered`];
      const opened = [as('reader', requests[0]!)];
      for (let n = 0; n < 20; n += 1) opened.push(as('reader', `${INSTANCE}/frames/1`));
      for (const path of requests.slice(1)) opened.push(as('reader', path));
      let isAnswered = false;
      const answers = Promise.all(opened).finally(() => (isAnswered = true));
      // Requests set their timers when they get so far: on a busy machine, that is later than the first seconds end.
      while (!isAnswered) await vi.advanceTimersByTimeAsync(COLLECTED_MS / 50);
      for (const response of await answers) expect(response.status).toBe(200);
    } finally {
      vi.useFakeTimers({ toFake: ['Date'], now });
      AuditLog.collectedMs = 0;
    }
    const isolate = archiveClient({ ALLOW_ANONYMOUS: '', ROLES }, undefined, archive.prefix);
    await as('reader', `${INSTANCE}/frames/1`, {}, isolate);
    const events = await record('?action=access');
    expect(events).toMatchObject([{ requests: 24, searches: 1, retrievals: 22, renderings: 1 }]);
    expect(events[0]!.bytes).toBeGreaterThan(21 * 512);
  });

  it('names the study however the URL of a request spells it', async () => {
    const { as, store, record } = await deployment();
    await store('uploader');
    await store('uploader', slice({ study: 'ODD-1.2' }));
    const rest = 'seriesUID=1.2.3.4.0&objectUID=1.2.3.4.1&contentType=application/dicom';
    for (const study of ['STUDYUID=1.2.3.4', 'studyuid=%201.2.3.4', 'studyUID=&studyUID=1.2.3.4']) {
      expect((await as('reader', `/wado?requestType=WADO&${study}&${rest}`)).status, study).toBe(200);
    }
    await as('reader', '/dicomweb/instances?StudyInstanceUID=1.2.3.4&includefield=all');
    expect(await record('?study=1.2.3.4&action=access')).toMatchObject([{ retrievals: 3, searches: 1 }]);
    await as('reader', '/dicomweb/studies/ODD-1.2/metadata');
    await as('reader', '/dicomweb/studies/ODD-1.2/series');
    await as('reader', '/dicomweb/studies/MUELLER-HANS/series');
    await as('reader', '/dicomweb/studies/MUELLER-HANS/metadata');
    expect(await record('?study=ODD-1.2&action=access')).toMatchObject([{ retrievals: 1, searches: 1 }]);
    expect(JSON.stringify(await record())).not.toContain('MUELLER');
  });

  it('counts the bytes that were sent and received, where no header says them', async () => {
    const { as, record } = await deployment();
    const { body, headers } = multipart([slice()]);
    const bytes = (body as Uint8Array).slice();
    const streamed = { method: 'POST', headers, body: new Blob([bytes]).stream(), duplex: 'half' } as RequestInit;
    expect((await as('uploader', '/dicomweb/studies', streamed)).status).toBe(200);
    const metadata = await (await as('reader', `${STUDY}/metadata`)).arrayBuffer();
    const list = await (await as('reader', '/dicomweb/studies')).arrayBuffer();
    expect((await as('reader', INSTANCE, { method: 'HEAD' })).status).toBe(200);
    const events = await record();
    expect(events).toMatchObject([
      { archive: 'default', action: 'store', bytes: bytes.length },
      { action: 'access', requests: 2, bytes: metadata.byteLength },
      { action: 'search', bytes: list.byteLength },
    ]);
  });

  it('keeps what the database did not take, and writes it later', async () => {
    const { archive, as, store, record } = await deployment();
    await store('uploader');
    let fails = true;
    const isolate = archiveClient(
      { ALLOW_ANONYMOUS: '', ROLES },
      (real) => withoutRecord(real, () => fails),
      archive.prefix,
    );
    expect((await as('reader', `${STUDY}/metadata`, {}, isolate)).status).toBe(200);
    expect(await record('?action=access')).toEqual([]);
    fails = false;
    expect((await as('reader', '/dicomweb/studies', {}, isolate)).status).toBe(200);
    expect(await record('?action=access')).toMatchObject([{ requests: 1, retrievals: 1 }]);
  });

  it('names the key, its roles and the labels that an administrator changed', async () => {
    const { as, store, record } = await deployment();
    await store('uploader');
    const json = { 'Content-Type': 'application/json' };
    const body = JSON.stringify({ name: 'CT 3', roles: ['uploader'] });
    const made = (await (await as('officer', '/keys', { method: 'POST', headers: json, body })).json()) as {
      id: string;
    };
    await as('officer', `/keys/${made.id}`, { method: 'DELETE' });
    await as('officer', `${STUDY}/labels`, { method: 'PUT', headers: json, body: '["ward"]' });
    const subjects = (await record('?action=administer')).map(({ subject }) => subject);
    expect(subjects).toEqual([
      `CreateKey ${made.id} (uploader)`,
      `RevokeKey ${made.id} (uploader)`,
      'ReplaceLabels ward',
    ]);
    const xml = await (
      await as('auditor', '/audit?action=administer', { headers: { Accept: 'application/xml' } })
    ).text();
    expect(xml).toContain(`ParticipantObjectID="CreateKey ${made.id} (uploader)"`);
    expect(xml.match(/User security Attributes Changed/g)).toHaveLength(2);
    expect(xml.match(/Object Security Attributes Changed/g)).toHaveLength(1);
    // A monitor that reads figures changes nothing.
    await as('officer', '/metrics');
    await as('officer', '/keys');
    const after = await (
      await as('auditor', '/audit?action=administer', { headers: { Accept: 'application/xml' } })
    ).text();
    expect(after.match(/Attributes Changed/g)).toHaveLength(3);
    expect(after.match(/EventActionCode="R"/g)).toHaveLength(2);
  });

  it('holds no text of a client that could name a patient, and no more events than a client has acts', async () => {
    const { as, record } = await deployment();
    await as('reader', `${STUDY}/series/1.2/instances/MUELLER^HANS`, { method: 'DELETE' });
    for (let n = 0; n < 5; n += 1) {
      const headers = { 'User-Agent': `agent ${n}`, 'CF-Connecting-IP': 'MUELLER^HANS' };
      await as('reader', '/dicomweb/studies', { headers });
    }
    expect(JSON.stringify(await record())).not.toContain('MUELLER');
    expect(await record('?action=search')).toMatchObject([{ requests: 5 }]);
  });

  it('is not filled by requests without a credential, from however many addresses', async () => {
    const { as, record } = await deployment();
    const from = (address: string) =>
      as('dwk_forged', '/dicomweb/studies', { headers: { 'CF-Connecting-IP': address } });
    for (let n = 0; n < 5; n += 1) await from(`2001:db8:0:7::${n}`);
    for (let n = 0; n < MOST_UNKNOWN + 20; n += 1) await from(`198.51.${n >> 8}.${n & 255}`);
    await from('198.51.0.0');
    const events = await record('?principal=unknown&limit=1000');
    expect(events[0]).toMatchObject({ address: '2001:db8:0:7::', requests: 5 });
    expect(events.length).toBeLessThanOrEqual(MOST_UNKNOWN + 1);
    expect(events.find(({ address }) => address === '198.51.0.0')).toMatchObject({ requests: 2 });
    expect(events.at(-1)!.address).toBeUndefined();
    expect(events.reduce((sum, { requests }) => sum + Number(requests), 0)).toBe(MOST_UNKNOWN + 26);
  });

  it('has the changes that a page of another origin was refused', async () => {
    const { as, record } = await deployment();
    const headers = { Origin: 'https://evil.example' };
    expect((await as('reader', STUDY, { method: 'DELETE', headers })).status).toBe(403);
    expect((await as('reader', `${STUDY}/restore`, { method: 'POST', headers })).status).toBe(403);
    const refused = { outcome: 'refused', studyInstanceUID: '1.2.3.4', principalName: 'The reader' };
    expect(await record('?study=1.2.3.4')).toMatchObject([
      { action: 'delete', ...refused },
      { action: 'restore', ...refused },
    ]);
  });

  it('is read by auditors alone, and cannot be changed', async () => {
    const { as } = await deployment();
    for (const role of ['officer', 'uploader', 'reader']) expect((await as(role, '/audit')).status).toBe(403);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      expect((await as('auditor', '/audit', { method })).status).toBe(405);
    }
    for (const query of ['?limit=x', '?limit=5000', '?from=yesterday', '?action=look', '?patient=1']) {
      expect((await as('auditor', `/audit${query}`)).status, query).toBe(400);
    }
  });

  it('is exported whole as JSON lines and as audit messages of PS3.15 A.5', async () => {
    const { archive, as, store } = await deployment();
    await store('uploader');
    const { record } = openArchive(archive.prefix, archive.bindings);
    const [event] = await record.find({ limit: 1 });
    await record.add(
      Array.from({ length: 1200 }, (_, n) => ({ ...event!, principalName: 'A "B" <C>', studyInstanceUID: `1.${n}` })),
    );
    const lines = await (
      await as('auditor', '/audit?action=store', { headers: { Accept: 'application/jsonl' } })
    ).text();
    expect(
      lines
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).action),
    ).toEqual(Array(1201).fill('store'));
    const xml = await (await as('auditor', '/audit?study=1.7', { headers: { Accept: 'application/xml' } })).text();
    expect(xml.match(/<AuditMessage>/g)).toHaveLength(1);
    expect(xml).toContain(
      '<EventID csd-code="110104" codeSystemName="DCM" originalText="DICOM Instances Transferred"/>',
    );
    expect(xml).toContain('UserName="A &quot;B&quot; &lt;C&gt;"');
    expect(xml).toContain(`NetworkAccessPointID="${CLIENT}"`);
    expect(xml).toContain('ParticipantObjectID="1.7"');
  });

  it('says whether its sealed part is whole', async () => {
    const { as } = await deployment();
    expect(await (await as('auditor', '/audit/verification')).json()).toEqual({ whole: true, events: 0 });
  });

  it('is not kept where everybody may do everything', async () => {
    const archive = archiveClient();
    await archive.store([slice()]);
    await archive.fetch('/dicomweb/studies');
    expect(await (await archive.fetch('/audit')).json()).toEqual([]);
  });
});
