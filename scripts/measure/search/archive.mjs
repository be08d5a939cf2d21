import { answerOf } from '../../../src/archive/search/search-answer.ts';
import { vrOf } from '../../../src/dicom/dictionary/dictionary.ts';
import { parsePersonName } from '../../../src/dicom/values/person-name.ts';
import { parseSearch } from '../../../src/dicomweb/qido/qido-query.ts';
import { searchParameters } from '../../../src/http/query-parameters.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { countSQL, newestRowSQL, searchSQL } from '../../../src/storage/search/search-sql.ts';

/** @typedef {import('./content.mjs').Study} Study */
/** @typedef {import('./content.mjs').Values} Values */
/** @typedef {{ bind(...values: unknown[]): Statement }} Statement */
/** @typedef {{ results: Record<string, unknown>[], meta: { rows_read: number, rows_written: number } }} Result */
/**
 * @typedef {{ prepare(sql: string): Statement, batch(statements: Statement[]): Promise<Result[]>, withSession(): Database }} Database
 */

// The names are variables, because these modules import types of the Worker's runtime, which tsc must not check here.
const [COMMIT, KNOWN, RECORDS] = [
  'storage/commit/d1-commit.ts',
  'storage/commit/known-series.ts',
  'archive/store/records.ts',
].map((path) => new URL(`../../../src/${path}`, import.meta.url).href);
const { commitGroup: commitAs } = await import(String(COMMIT));
const { KnownSeries } = await import(String(KNOWN));
/** Each group in a commit of its own, as an isolate that has not seen its series. @param {Database} database @param {unknown} group */
const commitGroup = (database, group) => commitAs(database, group, NOBODY, new KnownSeries());
const NOBODY = { principal: '', labels: [], confined: false };
/** @typedef {(tag: string) => unknown} AttributeReader */
/**
 * @type {{ studyRecord(uid: string, read: AttributeReader): object, seriesRecord(identity: object, read: AttributeReader): object }}
 */
const { seriesRecord, studyRecord } = await import(String(RECORDS));

const AT_ONCE = 500;

/**
 * Puts studies into the index as a store does, without their bytes, because searches read nothing else.
 * @param {Database} database
 * @param {Iterable<Study>} studies
 */
export async function fill(database, studies) {
  /** @type {Study[]} */
  let group = [];
  for (const study of studies) {
    group.push(study);
    if (group.length < AT_ONCE) continue;
    await commitGroup(database, groupOf(group));
    group = [];
  }
  if (group.length > 0) await commitGroup(database, groupOf(group));
  await database.batch([database.prepare('PRAGMA optimize')]);
}

/**
 * Rows that D1 writes, by its own count, for a study of one series and one instance, for one more series, and for one more
 * instance.
 * @param {Database} database
 * @param {Study} study of two series, each of two instances
 */
export async function writeCosts(database, study) {
  const [first, second] = study.series;
  if (first === undefined || second === undefined) throw new Error('a study of two series');
  const one = first.instances.slice(0, 1);
  const steps = [
    { ...study, series: [{ ...first, instances: one }] },
    { ...study, series: [{ ...second, instances: second.instances.slice(0, 1) }] },
    { ...study, series: [{ ...first, instances: first.instances.slice(1) }] },
  ];
  const costs = [];
  for (const step of steps) {
    const counted = counting(database);
    await commitGroup(counted.database, groupOf([step]));
    costs.push(counted.written());
  }
  return costs;
}

/** @param {Database} database */
function counting(database) {
  let rows = 0;
  return {
    written: () => rows,
    database: {
      ...database,
      prepare: (/** @type {string} */ sql) => database.prepare(sql),
      batch: async (/** @type {Statement[]} */ statements) => {
        const results = await database.batch(statements);
        for (const { meta } of results) rows += meta.rows_written;
        return results;
      },
    },
  };
}

/**
 * Sends a search to the index as the archive does.
 * @param {Database} database
 * @param {string} path of a search, with its query
 */
export async function measure(database, path) {
  const query = queryOf(path);
  const search = searchSQL(query);
  const statements = () =>
    [newestRowSQL(query.level), search].map(({ sql, parameters }) => database.prepare(sql).bind(...parameters));
  await database.batch(statements());
  const start = performance.now();
  const results = await database.batch(statements());
  return {
    read: results.reduce((sum, { meta }) => sum + meta.rows_read, 0),
    returned: results.at(-1)?.results.length ?? 0,
    milliseconds: Math.round(performance.now() - start),
  };
}

/** Rows read for the number of all matches. @param {Database} database @param {string} path */
export async function measureTotal(database, path) {
  const { sql, parameters } = countSQL(queryOf(path));
  const [result] = await database.batch([database.prepare(sql).bind(...parameters)]);
  return result?.meta.rows_read;
}

/**
 * A search as the archive sends it to the index.
 * @param {string} path of a search, with its query
 */
export function queryOf(path) {
  const url = new URL(encodeURI(path.replaceAll('%', '\0')).replaceAll('%00', '%'), 'http://localhost');
  const { request } = parseSearch(resourceOf(url), searchParameters(url.href), DEFAULT_LIMITS);
  const { include: _, ...criteria } = request;
  return { ...criteria, limit: request.limit + 1, caseSensitive: false, attributesOf: answerOf(request).levels };
}

/** @param {URL} url */
function resourceOf({ pathname }) {
  const [, studyInstanceUID, seriesInstanceUID] =
    /^(?:\/studies\/([^/]+))?(?:\/series\/([^/]+))?\/(?:studies|series|instances)$/.exec(pathname) ?? [];
  const level = /** @type {const} */ ({ studies: 'study', series: 'series', instances: 'instance' })[
    /** @type {'studies' | 'series' | 'instances'} */ (pathname.slice(pathname.lastIndexOf('/') + 1))
  ];
  return { level, studyInstanceUID, seriesInstanceUID };
}

/** What a store of these studies commits. @param {readonly Study[]} studies */
export function groupOf(studies) {
  const series = studies.flatMap((study) =>
    study.series.map((each) => ({ ...each, identity: { studyInstanceUID: study.uid, seriesInstanceUID: each.uid } })),
  );
  return {
    studies: studies.map(({ uid, values }) => studyRecord(uid, attributesOf(values))),
    series: series.map(({ identity, values }) => seriesRecord(identity, attributesOf(values))),
    segments: series.map(({ identity, instances: [first] }) => ({
      ...identity,
      name: `segment-${first?.uid}`,
      byteLength: 1,
      entryCount: 1,
    })),
    instances: series.flatMap(({ identity, instances }) =>
      instances.map(({ uid, sopClassUID, number }) => ({
        ...identity,
        sopInstanceUID: uid,
        sopClassUID,
        instanceNumber: number,
        rows: 512,
        columns: 512,
        bitsAllocated: 16,
        numberOfFrames: null,
        transferSyntaxUID: '1.2.840.10008.1.2.1',
        version: `version-${uid}`,
        byteLength: 1,
        digest: uid,
        crc32: 0,
        layout: { object: 'dcm' },
        segment: `segment-${instances[0]?.uid}`,
        offset: 0,
        length: 1,
        start: 0,
        end: 1,
      })),
    ),
    duplicates: 'reject',
    now: 0,
    purgeAt: 0,
  };
}

/** @param {Values} values */
function attributesOf(values) {
  return (/** @type {string} */ tag) => {
    const value = values[tag];
    if (value === undefined) return undefined;
    const vr = vrOf(tag)?.slice(0, 2) ?? 'UN';
    const list = Array.isArray(value) ? value : [value];
    const json = vr === 'PN' ? list.map((name) => ({ ...parsePersonName(String(name)) })) : list;
    return /** @type {import('../../../src/dicom/json/json-model.ts').DicomJsonAttribute} */ ({ vr, Value: json });
  };
}
