import type { Deidentification } from '../../dicom/deidentify/deidentification';
import { deidentifyPart } from '../../dicom/deidentify/deidentify';
import { keepsValues } from '../../dicom/deidentify/kept-values';
import type { DicomJson, DicomJsonAttribute } from '../../dicom/json/json-model';
import { type AttributeTexts, textsOf } from '../../dicom/json/json-text';
import type { Archive, ArchiveIndex, SearchPage } from '../ports';
import type { SearchRow } from '../rows';
import { type QueryLevel, TAG } from '../search/search-keys';
import type { Match, SearchQuery } from '../search/search-query';
import { valueMatches } from '../search/value-matches';
import { syntaxSeen } from './deidentified-rows';
import type { SearchedPart, SeenUIDs } from './seen-uids';
import { TooManyToCompareError } from './too-many-to-compare';

/** The most rows whose replaced values are compared. */
const MOST_COMPARED = 10_000;

type Search = Pick<ArchiveIndex, 'search' | 'matchingRows' | 'rowsOf' | 'count'>;

/**
 * Searches as if the archive held only the de-identified attributes. A key whose values were replaced is never compared
 * with the values of the archive, and never orders the results: otherwise a search would reveal whether a guess is right.
 * It is compared with the replacements in all rows that the other keys match. If there are too many rows, the search is
 * refused.
 */
export function deidentifiedSearch(archive: Archive, by: Deidentification, uids: SeenUIDs): Search {
  const { index } = archive;
  const seen = async (rows: readonly SearchRow[], { attributesOf }: Pick<SearchQuery, 'attributesOf'>) => {
    await uids.tell(rows);
    return await seenRows(rows, by, attributesOf.includes('study'));
  };

  /**
   * The entities whose replaced values match. A key of a level below the searched one is compared with the entities of that
   * level, and each match stands for the entity that contains it.
   */
  const compared = async (query: SearchQuery, rest: readonly Match[]): Promise<readonly SearchRow[]> => {
    const levels = new Set([...query.attributesOf, 'study' as const, ...rest.map(({ key }) => key.level)]);
    const level = LEVELS.findLast((each) => each === query.level || levels.has(each)) ?? query.level;
    // The mark of a first page is of another level, and the first page has returned all matches.
    const all = { ...query, level, attributesOf: [...levels], newestRow: undefined };
    const found = (await index.search({ ...all, limit: MOST_COMPARED + 1, offset: 0 })).rows;
    if (found.length > MOST_COMPARED) throw new TooManyToCompareError();
    await uids.tell(found);
    const rows = await seenRows(found, by, true);
    return entitiesOf(
      query.level,
      rows.filter((row) => rest.every((match) => valueMatches(match, attributeOf(row, match)))),
    );
  };

  return {
    async search(query): Promise<SearchPage> {
      const inside = await within(query, by, uids);
      if (inside === undefined) return { rows: [], newestRow: 0 };
      if (inside.rest.length > 0) {
        const rows = await compared(inside.query, inside.rest);
        return { rows: rows.slice(query.offset, query.offset + query.limit), newestRow: 0 };
      }
      const page = await index.search(withStudy(inside.query));
      return { rows: await seen(page.rows, query), newestRow: page.newestRow };
    },
    async matchingRows(query) {
      const inside = await within(query, by, uids);
      // The first page has returned all compared rows.
      return inside === undefined || inside.rest.length > 0 ? [] : await index.matchingRows(inside.query);
    },
    async rowsOf(query, ids) {
      return await seen(await index.rowsOf(withStudy(query), ids), query);
    },
    async count(query) {
      const inside = await within(query, by, uids);
      if (inside === undefined) return 0;
      return inside.rest.length > 0
        ? (await compared(inside.query, inside.rest)).length
        : await index.count(inside.query);
    },
  };
}

/** The levels, beginning with the study. */
const LEVELS: readonly QueryLevel[] = ['study', 'series', 'instance'];

/** The entities of a level that contain these rows, each once, in the order of the rows. */
function entitiesOf(level: QueryLevel, rows: readonly SearchRow[]): readonly SearchRow[] {
  const entities = new Map<string, SearchRow>();
  for (const row of rows) {
    const { instance: _, sopInstanceUID = '', ...inSeries } = row;
    const { series: __, seriesInstanceUID = '', ...inStudy } = inSeries;
    const names = [row.studyInstanceUID, seriesInstanceUID, sopInstanceUID].slice(0, LEVELS.indexOf(level) + 1);
    const key = names.join('\n');
    if (!entities.has(key)) entities.set(key, { study: inStudy, series: inSeries, instance: row }[level]);
  }
  return [...entities.values()];
}

/** Dates are moved by the patient, so the attributes of the study are needed. */
function withStudy<Query extends Pick<SearchQuery, 'attributesOf'>>(query: Query): Query {
  const { attributesOf } = query;
  return attributesOf.length === 0 || attributesOf.includes('study')
    ? query
    : { ...query, attributesOf: ['study', ...attributesOf] };
}

/**
 * The search as the archive behind runs it, and the matches that are left for the replaced values.
 * @returns undefined when nothing can match
 */
async function within(
  query: SearchQuery,
  by: Deidentification,
  uids: SeenUIDs,
): Promise<{ readonly query: SearchQuery; readonly rest: readonly Match[] } | undefined> {
  const { studyInstanceUID, seriesInstanceUID } = query;
  const part = await uids.searched({ studyInstanceUID, seriesInstanceUID });
  if (part === undefined) return undefined;
  const matches: Match[] = [];
  const rest: Match[] = [];
  for (const match of query.matches) {
    const { path, level } = match.key;
    if (UNIQUE.has(path) && isListed(match) && uids.finds(level, part)) {
      const original = await originalMatch(match, uids, part);
      if (original === undefined) return undefined;
      matches.push(original);
    } else if (!UNIQUE.has(path) && keepsValues(path, by.options)) matches.push(match);
    else rest.push(match);
  }
  const { timezoneOffset, ...criteria } = query;
  return {
    query: {
      ...criteria,
      ...(timezoneOffset !== undefined && by.options.retainDates === 'full' && { timezoneOffset }),
      studyInstanceUID: part.studyInstanceUID,
      seriesInstanceUID: part.seriesInstanceUID,
      fuzzyMatching: false,
      matches,
      orderBy: query.orderBy.filter(({ key }) => keepsValues(key.path, by.options)),
    },
    rest,
  };
}

const UNIQUE: ReadonlySet<string> = new Set([TAG.studyInstanceUID, TAG.seriesInstanceUID, TAG.sopInstanceUID]);

/** Whether a match names values. A UID that is absent, or any UID, is compared like other values. */
function isListed({ value }: Match): boolean {
  return value.kind === 'single' || value.kind === 'list';
}

async function originalMatch({ key, value }: Match, uids: SeenUIDs, part: SearchedPart): Promise<Match | undefined> {
  const values = value.kind === 'single' ? [value.value] : value.kind === 'list' ? value.values : [];
  const originals: string[] = [];
  for (const each of values) {
    const found = await uids.originalOf(key.level, each, part);
    if (found !== undefined) originals.push(found);
  }
  return originals.length === 0 ? undefined : { key, value: { kind: 'list', values: originals } };
}

function attributeOf(row: SearchRow, { key }: Match): DicomJsonAttribute | undefined {
  const uid = key.path === TAG.studyInstanceUID ? row.studyInstanceUID : undefined;
  const unique = key.path === TAG.seriesInstanceUID ? row.seriesInstanceUID : uid;
  const own = key.path === TAG.sopInstanceUID ? row.sopInstanceUID : unique;
  if (own !== undefined) return { vr: 'UI', Value: [own] };
  const [tag = '', ...inside] = key.path.split('.');
  const text = row[key.level]?.get(tag);
  return text === undefined || text === '' ? undefined : inItems(JSON.parse(text), inside);
}

/** The attribute of the items of a sequence, with the values of all items. @param path tags; empty for the attribute itself */
function inItems(attribute: DicomJsonAttribute, [tag, ...further]: readonly string[]): DicomJsonAttribute | undefined {
  if (tag === undefined) return attribute;
  const items = (attribute.Value ?? []) as readonly (DicomJson | null)[];
  const found = items.flatMap((item) => (item?.[tag] === undefined ? [] : [inItems(item[tag], further)]));
  const values = found.flatMap((each) => each?.Value ?? []);
  return found[0] === undefined ? undefined : { vr: found[0].vr, Value: values };
}

async function seenRows(
  rows: readonly SearchRow[],
  by: Deidentification,
  keepStudy: boolean,
): Promise<readonly SearchRow[]> {
  const seen: SearchRow[] = [];
  for (const row of rows) seen.push(await seenRow(row, by, keepStudy));
  return seen;
}

async function seenRow(row: SearchRow, by: Deidentification, keepStudy: boolean): Promise<SearchRow> {
  const { studyInstanceUID, seriesInstanceUID, sopInstanceUID, study, series, instance } = row;
  const whole = { ...dataSetOf(study), [TAG.studyInstanceUID]: { vr: 'UI', Value: [studyInstanceUID] } };
  const texts = async (of: AttributeTexts) => textsOf(await deidentifyPart(dataSetOf(of), by, whole));
  return {
    studyInstanceUID: await by.uid(studyInstanceUID),
    ...(seriesInstanceUID !== undefined && { seriesInstanceUID: await by.uid(seriesInstanceUID) }),
    ...(sopInstanceUID !== undefined && { sopInstanceUID: await by.uid(sopInstanceUID) }),
    ...(study !== undefined && keepStudy && { study: await texts(study) }),
    ...(series !== undefined && { series: await texts(series) }),
    ...(instance !== undefined && { instance: withSyntaxSeen(await texts(instance)) }),
  };
}

function withSyntaxSeen(instance: Map<string, string>): AttributeTexts {
  const text = instance.get(TAG.availableTransferSyntaxUID);
  const uid = text === undefined ? undefined : JSON.parse(text).Value?.[0];
  if (typeof uid === 'string') {
    instance.set(TAG.availableTransferSyntaxUID, `{"vr":"UI","Value":[${JSON.stringify(syntaxSeen(uid))}]}`);
  }
  return instance;
}

/** The attributes whose values the index keeps. */
function dataSetOf(texts: AttributeTexts = new Map()): DicomJson {
  const dataSet: DicomJson = {};
  for (const [tag, text] of texts) if (text !== '') dataSet[tag] = JSON.parse(text);
  return dataSet;
}
