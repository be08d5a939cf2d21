import { doubleMetaphone } from 'double-metaphone';
import type { QueryLevel } from '../../../src/archive/search/search-keys';
import { type SearchKey, TAG } from '../../../src/archive/search/search-keys';
import type { Match, MatchValue, SearchQuery } from '../../../src/archive/search/search-query';
import { foldPersonName } from '../../../src/dicom/values/person-name';
import { type Held, momentMatches } from './naive-dates';

export type { Held } from './naive-dates';

/** The archive's content as plain objects: column names and values, joined from the upper levels to the lower ones. */
export interface StudyEntity {
  id: number;
  values: Record<string, Held>;
  series: SeriesEntity[];
}

interface SeriesEntity {
  id: number;
  values: Record<string, Held>;
  requests: Record<string, string>[];
  instances: InstanceEntity[];
}

interface InstanceEntity {
  id: number;
  values: Record<string, Held>;
}

/** An entity with the entities above it. */
interface Path {
  study: StudyEntity;
  series?: SeriesEntity;
  instance?: InstanceEntity;
}

/**
 * The expected results of a search. It reads every entity and follows PS3.4 C.2.2.2 word by word: slow, and written
 * without looking at the SQL.
 * @returns ids of the matching entities, in the order of the answer
 */
export function naiveSearch(studies: readonly StudyEntity[], query: SearchQuery): number[] {
  return naiveMatches(studies, query).slice(query.offset, query.offset + query.limit);
}

/** The same without limit and offset. */
export function naiveMatches(studies: readonly StudyEntity[], query: SearchQuery): number[] {
  const found = studies.flatMap((study) => pathsOf(study, query));
  found.sort((a, b) => compareAll(orderOf(a, query), orderOf(b, query)));
  return found.map((path) => path[query.level]!.id);
}

function pathsOf(study: StudyEntity, query: SearchQuery): Path[] {
  const { level, newestRow = Number.MAX_SAFE_INTEGER } = query;
  if (!studyMatches(study, query)) return [];
  const series = study.series.filter((each) => seriesMatches(each, query));
  const instances = series.map((each) => ({
    series: each,
    instances: each.instances.filter((instance) => keysMatch('instance', instance.values, query)),
  }));
  const asksBelow = (of: QueryLevel) => query.matches.some(({ key }) => key.level === of);
  const whole = instances.filter((each) => each.instances.length > 0 || !asksBelow('instance'));
  const isCounted = (path: Path) => path[level]!.id <= Number(newestRow);
  switch (level) {
    case 'study':
      return whole.length > 0 || !(asksBelow('series') || asksBelow('instance')) ? [{ study }].filter(isCounted) : [];
    case 'series':
      return whole.map((each) => ({ study, series: each.series })).filter(isCounted);
    case 'instance':
      return whole
        .flatMap((each) => each.instances.map((instance) => ({ study, series: each.series, instance })))
        .filter(isCounted);
  }
}

function studyMatches(study: StudyEntity, query: SearchQuery): boolean {
  if (query.studyInstanceUID !== undefined && study.values.study_instance_uid !== query.studyInstanceUID) return false;
  const moment = {
    date: study.values.study_date!,
    time: study.values.study_time!,
    offset: study.values.timezone_offset!,
  };
  return (
    keysMatch('study', study.values, query) &&
    momentMatches(moment, matched(query, TAG.studyDate), matched(query, TAG.studyTime), query.timezoneOffset)
  );
}

function seriesMatches({ values, requests }: SeriesEntity, query: SearchQuery): boolean {
  if (query.seriesInstanceUID !== undefined && values.series_instance_uid !== query.seriesInstanceUID) return false;
  const moment = {
    date: values.performed_procedure_step_start_date!,
    time: values.performed_procedure_step_start_time!,
    offset: values.timezone_offset!,
  };
  const date = matched(query, TAG.performedProcedureStepStartDate);
  const time = matched(query, TAG.performedProcedureStepStartTime);
  return (
    keysMatch('series', values, query) &&
    requestMatches(requests, query) &&
    momentMatches(moment, date, time, query.timezoneOffset)
  );
}

function matched(query: SearchQuery, path: string): MatchValue | undefined {
  return query.matches.find(({ key }) => key.path === path)?.value;
}

const MOMENTS: readonly string[] = [
  TAG.studyDate,
  TAG.studyTime,
  TAG.performedProcedureStepStartDate,
  TAG.performedProcedureStepStartTime,
];

function keysMatch(level: QueryLevel, values: Record<string, Held>, query: SearchQuery): boolean {
  return query.matches.every((match) => {
    const { key } = match;
    if (key.level !== level || key.path.includes('.') || MOMENTS.includes(key.path)) return true;
    if (key.matching === 'name') return nameMatches(values, columnOf(key), match.value, query.fuzzyMatching);
    return valueMatches(key.matching, values[columnOf(key)] ?? null, match.value);
  });
}

function requestMatches(requests: readonly Record<string, string>[], query: SearchQuery): boolean {
  const matches = query.matches.filter(({ key }) => key.path.includes('.'));
  if (matches.length === 0) return true;
  if (requests.length === 0) return matches.every(({ value }) => value.kind === 'empty');
  return requests.some((item) =>
    matches.every(({ key, value }) => valueMatches('caseless', item[columnOf(key)] || null, value)),
  );
}

function columnOf({ source }: SearchKey): string {
  return source.kind === 'column' ? source.column : '';
}

function valueMatches(matching: string, held: Held, value: MatchValue): boolean {
  const values = held === null || held === '' ? [] : matching === 'modalities' ? String(held).split('\\') : [held];
  if (value.kind === 'empty') return values.length === 0;
  if (value.kind === 'all') return value.values.every((one) => values.some((each) => String(each) === one));
  return values.some((each) => {
    if (value.kind === 'range') {
      const { from, to } = value;
      return (from === undefined || String(each) >= from) && (to === undefined || String(each) <= to);
    }
    // The archive's content has folded text where searches are not case-sensitive.
    return textMatches(String(each), matching === 'caseless' ? inLowerCase(value) : value);
  });
}

function inLowerCase(value: MatchValue): MatchValue {
  const lower = (text: string) => text.toLowerCase();
  switch (value.kind) {
    case 'single':
      return { ...value, value: lower(value.value) };
    case 'list':
    case 'all':
      return { ...value, values: value.values.map(lower) };
    case 'wildcard':
      return { ...value, pattern: lower(value.pattern) };
    default:
      return value;
  }
}

function textMatches(text: string, value: MatchValue): boolean {
  if (value.kind === 'single') return text === value.value;
  if (value.kind === 'list') return value.values.includes(text);
  return value.kind === 'wildcard' && wildcard(value.pattern).test(text);
}

function nameMatches(values: Record<string, Held>, column: string, value: MatchValue, fuzzy: boolean): boolean {
  const name = values[column] ?? null;
  if (fuzzy && fuzzyRank(values, column, value) !== undefined) return true;
  if (value.kind === 'empty') return name === null;
  if (value.kind === 'list') return value.values.some((one) => literally(name, one, false));
  if (value.kind === 'all') return value.values.every((one) => literally(name, one, false));
  if (value.kind === 'single') return literally(name, value.value, false);
  return value.kind === 'wildcard' && literally(name, value.pattern, true);
}

function literally(name: Held, wanted: string, wildcards: boolean): boolean {
  const asked = foldPersonName(wanted).split('=');
  const held = String(name ?? '').split('=');
  if (asked.length > 1) return asked.every((one, at) => groupMatches(name, held[at] ?? '', one, wildcards));
  return [String(name ?? ''), ...held].some((one) => groupMatches(name, one, asked[0]!, wildcards));
}

function groupMatches(name: Held, held: string, asked: string, wildcards: boolean): boolean {
  if (/^[* ]*$/.test(asked)) return true;
  if (name === null) return false;
  if (!wildcards) return held === asked;
  // `SMITH^*`: the components after the family name may be anything, so they may be missing too.
  const patterns = [asked];
  while (/ \*+$/.test(patterns.at(-1)!)) patterns.push(patterns.at(-1)!.replace(/ \*+$/, ''));
  return patterns.some((each) => wildcard(each).test(held));
}

/** How similar a name is to a value: 0 is best; undefined when it does not match, or the value has no words. */
function fuzzyRank(values: Record<string, Held>, column: string, value: MatchValue): number | undefined {
  if (value.kind !== 'single' && value.kind !== 'wildcard') return undefined;
  const name = values[column] ?? null;
  const text = value.kind === 'single' ? value.value : value.pattern.replace(/[*?]/g, ' ');
  const words = [...new Set(wordsOf(foldPersonName(text)))].slice(0, 6);
  if (words.length === 0) return undefined;
  // Words that were not made when the study was stored cannot be found.
  const known = values[`${column}_words`] === null ? [] : wordsOf(String(name ?? ''));
  const literal = nameMatches(values, column, value, false);
  if (literally(name, text, false)) return 0;
  const found = words.every((word) => known.some((each) => each.startsWith(word) || soundAlike(each, word)));
  if (!literal && !(found && areTwo(known, words))) return undefined;
  if (words.every((word) => known.includes(word))) return 1;
  return literal || words.every((word) => known.some((each) => each.startsWith(word))) ? 2 : 3;
}

/** Whether the two longest words of a value, if they have three letters, can be two different words of the name. */
function areTwo(known: readonly string[], words: readonly string[]): boolean {
  const [one = '', two = ''] = [...words].sort((a, b) => b.length - a.length);
  if (Math.min([...one].length, [...two].length) < 3 || new Set(known).size > 8) return true;
  const isLike = (a: string, b: string) =>
    [...a].slice(0, 3).join('') === [...b].slice(0, 3).join('') || soundAlike(a, b);
  return known.some((a) => known.some((b) => a !== b && isLike(a, one) && isLike(b, two)));
}

function wordsOf(folded: string): string[] {
  return folded.replace(/['.]/g, '').match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

function soundAlike(one: string, other: string): boolean {
  if (![one, other].every((word) => /^[a-z][a-z]+$/.test(word))) return false;
  const sounds = soundsOf(other);
  return soundsOf(one).some((sound) => sound !== '' && sounds.includes(sound));
}

/** The same words are compared again and again. */
const knownSounds = new Map<string, readonly string[]>();

function soundsOf(word: string): readonly string[] {
  const sounds = knownSounds.get(word) ?? doubleMetaphone(word);
  knownSounds.set(word, sounds);
  return sounds;
}

function wildcard(pattern: string): RegExp {
  const source = Array.from(pattern, (c) =>
    c === '*' ? '[^]*' : c === '?' ? '[^]' : c.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&'),
  ).join('');
  return new RegExp(`^${source}$`, 'u');
}

/** The position in the order: an empty value comes last. */
type Place = { value: Held; descending: boolean };

function orderOf(path: Path, query: SearchQuery): Place[] {
  const { study, series, instance } = path;
  const asked = query.orderBy.map(({ key, descending }) => ({ value: orderValue(path, key), descending }));
  const ranked = query.matches.find((match) => isRanked(match, query));
  const rank = ranked && fuzzyRank(study.values, columnOf(ranked.key), ranked.value);
  const usual: [Held, boolean][] = [
    [rank ?? null, false],
    [study.values.study_date ?? null, true],
    [study.values.study_time ?? null, true],
    [study.id, true],
    [series?.values.series_number ?? null, false],
    [series?.id ?? null, false],
    [instance?.values.instance_number ?? null, false],
    [instance?.id ?? null, false],
  ];
  return [...asked, ...usual.map(([value, descending]) => ({ value, descending }))];
}

function isRanked({ key, value }: Match, query: SearchQuery): boolean {
  if (!query.fuzzyMatching || key.matching !== 'name') return false;
  const text = value.kind === 'single' ? value.value : value.kind === 'wildcard' ? value.pattern : '';
  return wordsOf(foldPersonName(text.replace(/[*?]/g, ' '))).length > 0;
}

function orderValue(path: Path, key: SearchKey): Held {
  const column = columnOf(key);
  if (!key.path.includes('.')) {
    const held = path[key.level]!.values[column] ?? null;
    return held === '' ? null : held;
  }
  const values = path.series!.requests.map((item) => item[column]!).filter((value) => value !== '');
  return values.sort((a, b) => (a < b ? -1 : 1))[0] ?? null;
}

function compareAll(a: readonly Place[], b: readonly Place[]): number {
  for (const [at, { value: left, descending }] of a.entries()) {
    const right = b[at]!.value;
    if (left === right) continue;
    if (left === null) return 1;
    if (right === null) return -1;
    return left < right === descending ? 1 : -1;
  }
  return 0;
}
