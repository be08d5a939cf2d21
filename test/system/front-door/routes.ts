import type { ProblemCode } from '../../../src/http/problem';
import type { Case } from '../../support/server/doors';
import { provokedOfUploads, UPLOADS_ELSEWHERE } from './uploads';

/** The parts of the table of routes that the errors need. Its modules are for the types of Workers, not of Node. */
interface Service {
  readonly base: string;
  readonly routes: readonly (readonly [
    method: string,
    path: string,
    name: string,
    access: string,
    handler: unknown,
    transaction: { readonly failures: readonly ProblemCode[] },
  ])[];
}

const TABLE = '../../../src/dicomweb/routes.ts';
const { SERVICES } = (await import(/* @vite-ignore */ TABLE)) as { SERVICES: readonly Service[] };

/** One error of one route, as the table of routes and the descriptions of its transactions have it. */
export interface RouteError {
  readonly method: string;
  /** The template. */
  readonly path: string;
  readonly name: string;
  readonly code: ProblemCode;
}

export const ROUTE_ERRORS: readonly RouteError[] = SERVICES.flatMap(({ base, routes }) =>
  routes.flatMap(([method, path, name, , , { failures }]) =>
    [...new Set(failures)].map((code) => ({ method, path: base + path, name, code })),
  ),
);

/** The studies of both doors. Each has one series, its UID and `.1`, with the instance `.1.1`. */
export const STUDY = {
  present: '1.2.1',
  deleted: '1.2.2',
  /** Its objects have been taken out of the bucket. */
  lost: '1.2.3',
  /** Deleted, and then other content was stored under the same UIDs. */
  replaced: '1.2.4',
  /** Under legal hold. */
  held: '1.2.5',
  absent: '1.2.9',
} as const;

/** The path of a route for one of the studies. */
export function pathOf(template: string, study: string, frames = '1', query = ''): string {
  if (template === '/wado') {
    return `/wado?requestType=WADO&studyUID=${study}&seriesUID=${study}.1&objectUID=${study}.1.1${query}`;
  }
  const path = template
    .replace('{study}', study)
    .replace('{series}', `${study}.1`)
    .replace('{instance}', `${study}.1.1`)
    .replace('{frames}', frames)
    .replace('{+path}', '7FE00010')
    .replace('{transactionUID}', study === STUDY.present ? USED_TRANSACTION : study);
  return query === '' ? path : `${path}?${query.slice(1)}`;
}

const RELATED = 'multipart/related; type="application/dicom"; boundary=b';
const PLAIN = { 'Content-Type': 'application/dicom' };
const JSON_TYPE = { 'Content-Type': 'application/json' };
const DICOM_JSON = { 'Content-Type': 'application/dicom+json' };
const FOREIGN = { Origin: 'https://evil.example.org', 'Sec-Fetch-Site': 'cross-site' };
export const USED_KEY = 'used-for-another-body';
/** Both doors have its result. */
export const USED_TRANSACTION = '2.25.1';

/** A request for storage commitment to one instance. */
export const COMMITMENT = JSON.stringify({
  '00081199': {
    vr: 'SQ',
    Value: [{ '00081150': { vr: 'UI', Value: ['1.2'] }, '00081155': { vr: 'UI', Value: ['1.2'] } }],
  },
});

/** Errors that no small archive gives: what they take. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ...UPLOADS_ELSEWHERE,
  'too-large Search': 'an index that gives up (conformance/qido-rs/qido-rs-http)',
  'too-large RetrieveStudy': '9,000 instances',
  'too-large RetrieveSeries': '9,000 instances',
  'too-large RetrieveInstance': '9,000 instances',
  'too-large RetrieveBulkdata': '9,000 frames',
  'too-large Metadata': 'a segment that no isolate can hold',
  'too-large AllBulkData': '9,000 values',
  'too-large Rendered': '3,000 instances',
  'too-large Thumbnail': 'an image that no isolate can hold',
  'too-large RetrieveByURI': 'an image that no isolate can hold',
  'out-of-space Store': 'an archive that is full (conformance/stow-rs/quota)',
  'timeout RequestCommitment': 'a client that sends too slowly while others wait for memory (unit/dicomweb/stow-pace)',
  'timeout Store': 'a client that sends too slowly while others wait for memory (unit/dicomweb/stow-pace)',
  'locked RestoreInstance': 'a version that would replace another one of a held study (conformance/delete/legal-hold)',
  'conflict RestoreInstance': 'a version that is purged meanwhile: the versions of an instance trade places',
};

/** @returns why a small archive cannot give the error; undefined when it can */
export function elsewhere({ name, code }: RouteError): string | undefined {
  const kind = /^(SearchFor|Store)/.test(name)
    ? name.slice(0, name.startsWith('Store') ? 5 : 6)
    : name.endsWith('Metadata')
      ? 'Metadata'
      : /^Retrieve\w+(Bulkdata|PixelData)$/.test(name)
        ? 'AllBulkData'
        : /^RetrieveRendered(Study|Series)$/.test(name)
          ? 'Rendered'
          : name.endsWith('Thumbnail') && name !== 'RetrieveFrameThumbnail'
            ? 'Thumbnail'
            : name;
  return ELSEWHERE[`${code} ${kind}`];
}

/**
 * A request that gets the error.
 * @throws Error for an error that nothing here provokes: a new route or a new error has to have a line here
 */
export function provoked({ method, path, name, code }: RouteError): Case {
  const ofUploads = provokedOfUploads(method, path, name, code);
  if (ofUploads !== undefined) return ofUploads;
  const store = name.startsWith('Store');
  const labels = name === 'ReplaceLabels' || name === 'PlaceHold';
  const commitment = name === 'RequestCommitment';
  const on = (study: string, headers: Record<string, string> = {}, frames = '1', query = ''): Case => ({
    method,
    path: pathOf(path, study, frames, query),
    headers: { ...(store ? PLAIN : labels ? JSON_TYPE : commitment ? DICOM_JSON : {}), ...headers },
    ...(labels && { start: name === 'PlaceHold' ? '{"reason":"a"}' : '["a"]', whole: true }),
    ...(commitment && { start: COMMITMENT, whole: true }),
  });
  switch (code) {
    case 'not-found':
      return on(STUDY.absent);
    case 'gone':
      return on(STUDY.deleted);
    case 'object-missing':
      return on(STUDY.lost);
    case 'unavailable':
      return on(STUDY.present);
    case 'conflict':
      if (commitment) return on(STUDY.present);
      if (!store) return on(STUDY.replaced);
      return { ...on(STUDY.present, { 'Content-Type': RELATED }), start: '--b\r\n\r\nno DICOM\r\n--b--\r\n' };
    case 'locked':
      return on(STUDY.held);
    case 'forbidden':
      return on(STUDY.present, FOREIGN);
    case 'not-acceptable':
      if (path === '/wado') return on(STUDY.present, {}, '1', '&contentType=application/x-nothing');
      return on(STUDY.present, { Accept: 'application/x-nothing' });
    case 'precondition-failed': {
      const other = { 'If-Match': '"other"' };
      if (path === '/wado') return on(STUDY.present, other, '1', '&contentType=application/dicom');
      if (name === 'LiftHold') return on(STUDY.held, other);
      return on(STUDY.present, /rendered|thumbnail/.test(path) ? { ...other, Accept: 'image/jpeg' } : other);
    }
    case 'range-not-satisfiable': {
      const Range = 'bytes=99999999-';
      if (path === '/wado') return on(STUDY.present, { Range }, '1', '&contentType=application/dicom');
      return on(STUDY.present, /rendered|thumbnail/.test(path) ? { Range, Accept: 'image/jpeg' } : { Range });
    }
    case 'unsupported-media-type':
      return on(STUDY.present, { 'Content-Type': 'text/plain' });
    case 'unprocessable':
      return on(STUDY.present, { 'Idempotency-Key': USED_KEY });
    case 'bad-request':
      if (store) return on(STUDY.present, { 'Content-Type': 'multipart/related; type="application/dicom"' });
      if (labels || commitment) return { ...on(STUDY.present), start: '{}' };
      if (path === '/wado') return { method, path: '/wado?requestType=WADO' };
      if (name === 'RetrieveFrames') return on(STUDY.present, {}, '0');
      return on(STUDY.present, {}, '1', /rendered|thumbnail/.test(path) ? '&viewport=x' : '&limit=x');
    case 'too-large':
      if (store) return { ...on(STUDY.present, { 'Content-Type': RELATED }), start: '--b\r\n\r\n\r\n'.repeat(90) };
      if (commitment) return { ...on(STUDY.present), start: `"${'a'.repeat(5_100_000)}"` };
      if (labels) return { ...on(STUDY.present), start: `"${'a'.repeat(20_000)}"` };
      if (path.includes('{frames}')) return on(STUDY.present, {}, Array.from({ length: 150 }, () => 1).join());
      return on(STUDY.present, { Accept: 'image/gif' });
    default:
      throw new Error(`nothing provokes ${code} of ${name}`);
  }
}
