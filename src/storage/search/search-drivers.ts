import { type SearchKey, TAG } from '../../archive/search/search-keys';
import type { Match, MatchValue, SearchQuery } from '../../archive/search/search-query';
import { extraDrivers } from '../search-attributes/extra-drivers';
import { type Fragment, fragment, sql, value } from '../statements/sql-fragment';
import type { Driver, Source } from './driver';
import { fuzzyTerms, fuzzyWords, type Rank } from './fuzzy-sql';
import { nameTerm } from './name-sql';
import { columnOf, isOfRequest, matchedBy } from './search-conditions';
import { areCombined, rangeOf, rangeTerm, widened } from './search-dates';
import { anyTerm, NO_TERM, partTerm, prefixTerm, type TermField, termField, wholePart } from './search-terms';
import { foldedValue } from './text-sql';
import { leadingLiteral, longestLiteral, worth } from './wildcard-literals';

/**
 * The keys of a search that lead to studies, the most selective first.
 * @param others keys that lead to all studies that can be seen
 */
export function driversOf(query: SearchQuery, others: readonly Driver[] = [], rank: Rank = 'sounds'): Driver[] {
  const drivers = [...others, ...query.matches.flatMap((match) => keyDrivers(match, query, rank))];
  return drivers.sort((one, other) => other.weight - one.weight);
}

/** The dates that matching studies can have, as stored; undefined when they can have any. */
export function studyDates(query: OfSearch): { from?: string; to?: string } | undefined {
  const range = rangeOf(matchedBy(query, TAG.studyDate));
  return range && (query.timezoneOffset === undefined ? range : widened(range));
}

/** What a key needs to know of its search. */
type OfSearch = Pick<SearchQuery, 'matches' | 'fuzzyMatching' | 'timezoneOffset'>;

/** The ways in which one key leads to studies. */
export function keyDrivers({ key, value: matched }: Match, query: OfSearch, rank: Rank = 'sounds'): Driver[] {
  const value = key.matching === 'caseless' ? foldedValue(matched) : matched;
  if (key.path === TAG.studyDate) return dateDriver(query);
  if (key.source.kind !== 'column') return extraDrivers({ key, value }, query.timezoneOffset);
  const field = termField(columnOf(key));
  if (field === undefined) return [];
  if (value.kind === 'all') {
    return value.values.flatMap((each) => keyDrivers({ key, value: { kind: 'single', value: each } }, query, rank));
  }
  // A series without items has no term.
  if (value.kind === 'empty') return isOfRequest(key) ? [] : [termDriver(20, field, NO_TERM)];
  switch (key.matching) {
    case 'name':
      return nameDrivers(columnOf(key), field, value, query.fuzzyMatching ? rank : undefined);
    case 'date':
    case 'time':
      return rangeDriver(key, field, value, query);
    default:
      return field.by === 'part' ? partDriver(columnOf(key), field, value) : wholeDriver(key, field, value);
  }
}

/** A key by its terms. */
export function termDriver(weight: number, field: TermField, term: Fragment): Driver {
  const sources = [termSource(field, term)];
  return { weight, sources, blockSources: sources };
}

function termSource(field: TermField, term: Fragment): Source {
  return { table: 'study_term', study: 'study_id', where: sql`field = ${field.number} AND ${term}` };
}

/** Columns that have an index of their own: it compares whole values to their end. */
const INDEXED: ReadonlySet<string> = new Set(['patient_id', 'accession_number']);

function partDriver(column: string, field: TermField, matched: MatchValue): Driver[] {
  switch (matched.kind) {
    case 'single': {
      const driver = termDriver(60 + matched.value.length, field, anyTerm([wholePart(matched.value)]));
      if (!INDEXED.has(column)) return [driver];
      const where = sql`${column} = ${value(matched.value)}`;
      return [{ ...driver, weight: 100, sources: [{ table: 'study', study: 'id', where }] }];
    }
    case 'list':
      return [termDriver(60, field, anyTerm(matched.values.map(wholePart)))];
    case 'wildcard': {
      const literal = longestLiteral(matched.pattern);
      if (literal === undefined) return [];
      return [termDriver(8 * worth(literal), field, partTerm(literal))];
    }
    default:
      return [];
  }
}

/** Guesses for keys with few different values. Other keys count as selective. */
const WEIGHTS: Readonly<Record<string, number>> = {
  [TAG.modality]: 5,
  [TAG.modalitiesInStudy]: 5,
  [TAG.patientSex]: 1,
  [TAG.seriesNumber]: 4,
  [TAG.sopClassUID]: 15,
  [TAG.bodyPartExamined]: 15,
};

function wholeDriver(key: SearchKey, field: TermField, matched: MatchValue): Driver[] {
  const weight = WEIGHTS[key.path] ?? 40;
  switch (matched.kind) {
    case 'single':
      return [termDriver(weight, field, fragment('term = ?', matched.value))];
    case 'list':
      return [termDriver(weight - 1, field, anyTerm(matched.values))];
    case 'wildcard': {
      const start = leadingLiteral(matched.pattern);
      return start === '' ? [] : [termDriver(weight / 2, field, prefixTerm(start))];
    }
    default:
      return [];
  }
}

function nameDrivers(column: string, field: TermField, matched: MatchValue, rank: Rank | undefined): Driver[] {
  const words = rank === undefined ? [] : fuzzyWords(matched);
  if (rank === undefined || words.length === 0) {
    const found = nameTerm(matched);
    return found === undefined ? [] : [termDriver(8 * found.known, field, found.term)];
  }
  const wordField = termField(`${column}_words`);
  if (wordField === undefined) return [];
  return fuzzyTerms(matched, rank).map(({ known, terms }) => {
    const sources = terms.map(({ of, term }) => termSource(of === 'name' ? field : wordField, term));
    return { weight: 7 * known, sources, blockSources: sources };
  });
}

function dateDriver(query: OfSearch): Driver[] {
  const { from, to } = studyDates(query) ?? {};
  if (from === undefined || to === undefined) return [];
  const where = fragment('study_date >= ? AND study_date < ?', from, `${to}:`);
  return [{ weight: spanWeight(from, to), sources: [{ table: 'study', study: 'id', where }] }];
}

function spanWeight(from: string, to: string): number {
  const days =
    366 * (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) +
    31 * (Number(to.slice(4, 6)) - Number(from.slice(4, 6))) +
    Number(to.slice(6)) -
    Number(from.slice(6));
  if (days < 1) return 70;
  return days < 7 ? 45 : days < 31 ? 25 : 3;
}

const PARTNERS: Readonly<Record<string, string>> = {
  [TAG.studyTime]: TAG.studyDate,
  [TAG.performedProcedureStepStartTime]: TAG.performedProcedureStepStartDate,
};

/** Dates and times other than the study's date, by which the index is ordered. */
function rangeDriver(key: SearchKey, field: TermField, matched: MatchValue, query: OfSearch): Driver[] {
  const isTime = key.matching === 'time';
  // A time in another zone, or on the first or the last of several days, can have any value.
  if (isTime && query.timezoneOffset !== undefined) return [];
  if (isTime && areCombined(matchedBy(query, PARTNERS[key.path] ?? ''), matched)) return [];
  const inZone = key.path === TAG.performedProcedureStepStartDate && query.timezoneOffset !== undefined;
  const term = rangeTerm(inZone ? widened(matched) : matched, isTime ? 'time' : 'date');
  if (term === undefined) return [];
  const { from, to } = rangeOf(matched) ?? {};
  const bounded = from !== undefined && to !== undefined;
  return [termDriver(!bounded ? 2 : isTime ? 12 : spanWeight(from, to), field, term)];
}
