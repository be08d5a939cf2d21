/// <reference path="../../support/faults/provided.d.ts" />
import { afterAll, expect, inject, it, vi } from 'vitest';
import { newKeyText, SHARE_PREFIX } from '../../../src/access/key-text';
import type { RouteAccess } from '../../../src/access/permission';
import { AuditLog } from '../../../src/archive/audit/audit-log';
import { ALL_SERVICES } from '../../../src/services';
import {
  ALL,
  type ArchiveName,
  type Asker,
  type Cell,
  EVERYWHERE,
  expectedStatus,
  STUDIES,
  type StudyKind,
  turnsOf,
} from '../../support/access/permission-model';
import { withSharedArchive } from '../../support/archive/with-archive';
import { multipart } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { type Fetch, migrateNorth, twoArchives } from '../../support/platform/two-archives';

const PART = ALL.filter((permission) => permission !== 'administer' && permission !== 'audit');
const ROLES = {
  ...Object.fromEntries(ALL.map((permission) => [permission, { permissions: [permission] }])),
  all: { permissions: ALL },
  everywhere: { permissions: ALL, archives: ['*'] },
  north: { permissions: ALL, archives: ['north'] },
  'part by AccessionNumber': { permissions: PART, studies: { AccessionNumber: ['SEEN*'] } },
  'part by label': { permissions: PART, studies: { labels: ['trial'] } },
  research: { permissions: ['search', 'retrieve'], studies: { AccessionNumber: ['SEEN*'] }, deidentify: true },
  'part that is its own': { permissions: PART, studies: { own: true }, labels: ['trial'] },
};

const PREFIX: Record<ArchiveName, string> = { default: '', north: '/archives/north', none: '/archives/none' };
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const NORTH_KINDS: readonly StudyKind[] = ['seen', 'seen, deleted'];
const KINDS = Object.keys(STUDIES) as StudyKind[];

let open: Fetch;
let closed: Fetch;
let askers: Asker[];

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const json = (body: unknown, headers = {}): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

async function made<Answer>(response: Response): Promise<Answer> {
  expect(response.status).toBeLessThan(300);
  return await response.json();
}

async function key(role: string, archive: ArchiveName = 'default') {
  const response = await open(`${PREFIX[archive]}/keys`, json({ name: role, roles: [role] }));
  return bearer((await made<{ key: string }>(response)).key);
}

async function store(kind: StudyKind, archive: ArchiveName, headers = {}) {
  const study = STUDIES[kind];
  const accession = kind.startsWith('seen') ? 'SEEN-1' : 'OTHER-1';
  const options = { study, series: `${study}.0`, sop: `${study}.1` };
  const sent = multipart([slice({ ...options, elements: [[0x00080050, 'SH', accession]] })]);
  const init = { method: 'POST', body: sent.body, headers: { ...sent.headers, ...headers } };
  const fetch = Object.keys(headers).length === 0 ? open : closed;
  expect((await fetch(`${PREFIX[archive]}/dicomweb/studies`, init)).status).toBe(200);
  if (!kind.endsWith('deleted')) return;
  expect((await open(`/dicomweb/studies/${study}`, { method: 'DELETE' })).status).toBe(204);
}

/** Shares the study that is seen. */
async function shared(body: object) {
  const made_ = await made<{ id: string; token: string }>(
    await open(`/dicomweb/studies/${STUDIES.seen}/shares`, json(body)),
  );
  const opened = await closed('/shares/open', json({ token: made_.token }));
  const cookie = opened.headers.get('Set-Cookie')!.split(';')[0]!;
  return { root: `/shares/${made_.id}`, ticket: (await made<{ ticket: string }>(opened)).ticket, cookie };
}

/** The UIDs under which the only study is shown. */
async function shownUIDs(headers: Record<string, string>): Promise<Record<string, string>> {
  const found = await closed('/dicomweb/instances', { headers });
  const [row] = await made<Record<string, { Value: string[] }>[]>(found);
  const uid = (tag: string) => row![tag]!.Value[0]!;
  return { study: uid('0020000D'), series: uid('0020000E'), instance: uid('00080018') };
}

const SHARED = { valid: ['default'], may: { default: ['search', 'retrieve'] }, sees: 'shared' } as const;

async function everybody(): Promise<Asker[]> {
  const own = await key('part that is its own');
  for (const kind of ['seen', 'seen, deleted'] as const) await store(kind, 'default', own);
  for (const kind of ['hidden', 'hidden, deleted'] as const) await store(kind, 'default');
  for (const kind of ['seen', 'hidden'] as const) await store(kind, 'north');
  const look = await shared({});
  const download = await shared({ permission: 'download' });
  const deidentified = await shared({ permission: 'download', deidentify: true });
  const research = await key('research');
  const invalid = { valid: [], may: {}, sees: 'everything' } as const;
  const whole = { valid: EVERYWHERE, sees: 'everything' } as const;
  return [
    { name: 'nobody', headers: {}, ...invalid },
    { name: 'an unknown key', headers: bearer(newKeyText()), ...invalid },
    { name: 'an unknown share', headers: bearer(newKeyText(SHARE_PREFIX)), ...invalid },
    { name: 'a token of nobody', headers: bearer('a.b.c'), ...invalid },
    ...(await Promise.all(
      ALL.map(async (each) => ({
        name: `a key that may only ${each}`,
        headers: await key(each),
        ...whole,
        may: { default: [each] },
      })),
    )),
    { name: 'a key that may everything', headers: await key('all'), ...whole, may: { default: ALL } },
    {
      name: 'a key of the deployment for every archive',
      headers: await key('everywhere'),
      ...whole,
      may: { default: ALL, north: ALL },
    },
    {
      name: 'a key of the deployment for the archive north',
      headers: await key('north'),
      ...whole,
      may: { north: ALL },
    },
    { name: 'a key of north', headers: await key('north', 'north'), ...whole, valid: ['north'], may: { north: ALL } },
    ...(await Promise.all(
      ['part by AccessionNumber', 'part by label'].map(async (name) => partOf(name, await key(name))),
    )),
    partOf('part that is its own', own),
    { name: 'a share to look at', headers: bearer(look.ticket), ...SHARED, looks: true },
    { name: 'a share to download', headers: bearer(download.ticket), ...SHARED },
    { name: 'the cookie of a share', headers: { Cookie: download.cookie }, ...SHARED, prefix: download.root },
    { name: 'the cookie elsewhere', headers: { Cookie: download.cookie }, ...invalid },
    {
      name: 'a de-identified share',
      headers: bearer(deidentified.ticket),
      ...SHARED,
      uids: await shownUIDs(bearer(deidentified.ticket)),
    },
    {
      name: 'a key for a part that is de-identified',
      headers: research,
      ...SHARED,
      valid: EVERYWHERE,
      uids: await shownUIDs(research),
    },
    {
      name: 'anybody, where all are let in',
      headers: {},
      open: true,
      ...whole,
      may: { default: ALL, north: ALL },
    },
  ];
}

function partOf(name: string, headers: Record<string, string>): Asker {
  return { name: `a key for a ${name}`, headers, valid: EVERYWHERE, may: { default: PART }, sees: 'part' };
}

withSharedArchive(async () => {
  // Tens of thousands of lines would take longer than the requests.
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await migrateNorth();
  // The record is written for many requests at once.
  AuditLog.collectedMs = 100;
  open = twoArchives({ ROLES }, false);
  closed = twoArchives({ ALLOW_ANONYMOUS: '', ROLES }, false);
  askers = await everybody();
});

/** HEAD is answered as GET is, and what is no method of a resource is refused alike. */
function archivesOf(method: string, isRoute: boolean): readonly ArchiveName[] {
  if (method === 'HEAD') return ['default'];
  if (isRoute || method === 'OPTIONS') return EVERYWHERE;
  return method === 'POST' || method === 'PATCH' ? [] : ['default', 'north'];
}

/** Every resource with every method. */
function cells(): (Cell & { readonly template: string })[] {
  const all: (Cell & { readonly template: string })[] = [];
  for (const { base, routes } of ALL_SERVICES) {
    const templates = new Set([...(base === '' ? [] : ['']), ...routes.map(([, template]) => template)]);
    for (const template of templates) {
      for (const method of METHODS) {
        const route = routes.find(([of, path]) => path === template && of === (method === 'HEAD' ? 'GET' : method));
        const access: RouteAccess = route?.[3] ?? 'identity';
        for (const archive of archivesOf(method, route !== undefined)) {
          // A route that names a study is asked for each: HEAD, which is answered as GET is, for what can be seen or not.
          const named = route !== undefined && (template.includes('{study}') || route[2] === 'RetrieveByURI');
          const kinds = archive === 'none' || !named ? KINDS.slice(0, 1) : archive === 'north' ? NORTH_KINDS : KINDS;
          const studies = method === 'HEAD' ? kinds.filter((kind) => kind === 'seen' || kind === 'hidden') : kinds;
          for (const study of studies) {
            all.push({ archive, method, transaction: route?.[2], access, study, template: base + template });
          }
        }
      }
    }
  }
  return all;
}

function pathOf({ template, archive, study }: ReturnType<typeof cells>[number], { prefix = '', uids }: Asker): string {
  const uid = STUDIES[study];
  const known =
    uids !== undefined && study === 'seen' ? uids : { study: uid, series: `${uid}.0`, instance: `${uid}.1` };
  const none = '0123456789abcdef';
  const named: Record<string, string> = {
    ...known,
    frames: '1',
    path: '7FE00010',
    key: none,
    share: none,
    transactionUID: '1.2',
  };
  const query = `?requestType=WADO&studyUID=${known.study}&seriesUID=${known.series}&objectUID=${known.instance}`;
  const path = template.replace(/\{\+?(\w+)\}/g, (_, name: string) => named[name]!);
  return PREFIX[archive] + prefix + path + (template === '/wado' ? query : '');
}

/** Whom a route refuses, it refuses before the study is looked up: two studies show that. */
function isPermitted(asker: Asker, { archive, access }: Cell): boolean {
  return (asker.may[archive] as readonly string[] | undefined)?.includes(access) === true;
}

/** What each principal asks. Those that are alike take turns with what `turnsOf` says, unless PERMISSIONS=all. */
function asked(): (readonly [ReturnType<typeof cells>[number], Asker])[] {
  const takesTurn = inject('permissions') === 'all' ? () => true : turnsOf(askers);
  return askers.flatMap((asker) =>
    cells()
      .filter(({ template }) => asker.prefix === undefined || /^\/(dicomweb|wado)(\/|$)/.test(template))
      .filter((cell) => cell.study === 'seen' || cell.study === 'hidden' || isPermitted(asker, cell))
      .filter((cell, at) => takesTurn(asker, cell, at))
      .map((cell) => [cell, asker] as const),
  );
}

const changes = ({ access, method }: Cell) => (access === 'delete' || access === 'restore') && method !== 'OPTIONS';

async function statusOf(cell: ReturnType<typeof cells>[number], asker: Asker): Promise<number> {
  const path = pathOf(cell, asker);
  const hasBody = cell.method === 'POST' || cell.method === 'PUT' || cell.method === 'PATCH';
  const headers = { ...asker.headers, ...(hasBody && { 'Content-Type': 'application/json' }) };
  const response = await (asker.open ? open : closed)(path, {
    method: cell.method,
    headers,
    ...(hasBody && { body: '{}' }),
  });
  if (response.status === 204 && changes(cell)) await undo(cell, path);
  return response.status;
}

async function undo({ access, study, archive }: Cell, path: string): Promise<void> {
  const undone =
    access === 'delete'
      ? await open(`${path}/restore`, { method: 'POST' })
      : await open(`${PREFIX[archive]}/dicomweb/studies/${STUDIES[study]}`, { method: 'DELETE' });
  expect(undone.status, path).toBe(204);
}

it('every principal gets from every resource what the model says: role x method x archive x study', async () => {
  const surprises: string[] = [];
  let count = 0;
  const check = async (cell: ReturnType<typeof cells>[number], asker: Asker) => {
    count += 1;
    const expected = expectedStatus(asker, cell);
    const status = await statusOf(cell, asker);
    if (status === expected) return;
    surprises.push(
      `${asker.name}: ${cell.method} ${cell.archive} ${cell.template} (${cell.study}): ${status}, not ${expected}`,
    );
  };
  const all = asked();
  const reads = all.filter(([cell]) => !changes(cell));
  await Promise.all(
    Array.from({ length: 16 }, async (_, lane) => {
      for (let at = lane; at < reads.length; at += 16) await check(...reads[at]!);
    }),
  );
  // Shares first: they end when their study is deleted.
  const isShare = ([, asker]: (typeof all)[number]) => Number(asker.sees === 'shared');
  const writes = all.filter(([cell]) => changes(cell)).sort((one, other) => isShare(other) - isShare(one));
  for (const each of writes) await check(...each);
  console.info(`${count} cells, ${surprises.length} surprises`);
  expect(surprises).toEqual([]);
});

afterAll(() => {
  AuditLog.collectedMs = 0;
  vi.restoreAllMocks();
});
