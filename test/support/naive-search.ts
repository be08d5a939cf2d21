import type { SearchKey } from '../../src/archive/attributes';
import type { MatchValue, SearchQuery } from '../../src/archive/search-query';
import { foldPersonName } from '../../src/dicom/person-name';

/** The archive's content as plain objects: column names and values, joined downwards. */
export interface StudyEntity {
  id: number;
  values: Record<string, string | number | null>;
  series: SeriesEntity[];
}

export interface SeriesEntity {
  id: number;
  values: Record<string, string | number | null>;
  requests: Record<string, string>[];
  instances: { id: number; values: Record<string, string | number | null> }[];
}

/**
 * What a search should find, by walking over everything and reading PS3.4 C.2.2.2 word by word: slow, and written
 * without a look at the SQL.
 * @returns ids of the matching entities, in the order of the answer
 */
export function naiveSearch(studies: readonly StudyEntity[], query: SearchQuery): number[] {
  const found: { id: number; order: (string | number | null)[] }[] = [];
  for (const study of studies) {
    if (query.studyInstanceUID !== undefined && study.values.study_instance_uid !== query.studyInstanceUID) continue;
    if (!matchesAll('study', study.values, query)) continue;
    const studyOrder = [descending(study.values.study_date), descending(study.values.study_time), -study.id];
    if (query.level === 'study') {
      found.push({ id: study.id, order: studyOrder });
      continue;
    }
    for (const series of study.series) {
      if (query.seriesInstanceUID !== undefined && series.values.series_instance_uid !== query.seriesInstanceUID)
        continue;
      if (!matchesAll('series', series.values, query) || !requestMatches(series.requests, query)) continue;
      const seriesOrder = [...studyOrder, series.values.series_number ?? null, series.id];
      if (query.level === 'series') {
        found.push({ id: series.id, order: seriesOrder });
        continue;
      }
      for (const instance of series.instances) {
        if (!matchesAll('instance', instance.values, query)) continue;
        found.push({ id: instance.id, order: [...seriesOrder, instance.values.instance_number ?? null, instance.id] });
      }
    }
  }
  found.sort((a, b) => compareAll(a.order, b.order));
  return found.slice(query.offset, query.offset + query.limit).map(({ id }) => id);
}

/** Turns a digit text about, so that the latest comes first and what is unknown last. */
function descending(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '\u{10FFFF}';
  return [...String(value).padEnd(20, '!')].map((c) => String.fromCharCode(0x1000 - c.charCodeAt(0))).join('');
}

function compareAll(a: (string | number | null)[], b: (string | number | null)[]): number {
  for (const [at, left] of a.entries()) {
    const right = b[at]!;
    if (left === right) continue;
    if (left === null) return -1;
    if (right === null) return 1;
    return left < right ? -1 : 1;
  }
  return 0;
}

function matchesAll(level: string, values: Record<string, string | number | null>, query: SearchQuery): boolean {
  return query.matches.every((match) => {
    const { key } = match;
    return (
      key.level !== level ||
      key.path.includes('.') ||
      matchesOne(key.matching, values[columnOf(key)] ?? null, match.value)
    );
  });
}

function requestMatches(requests: readonly Record<string, string>[], query: SearchQuery): boolean {
  const matches = query.matches.filter(({ key }) => key.path.includes('.'));
  if (matches.length === 0) return true;
  return requests.some((item) =>
    matches.every((match) => matchesOne('text', item[columnOf(match.key)] ?? null, match.value)),
  );
}

function columnOf({ source }: SearchKey): string {
  return source.kind === 'column' ? source.column : '';
}

function matchesOne(matching: string, held: string | number | null, value: MatchValue): boolean {
  if (matching === 'name') return nameMatches(held, value);
  if (held === null) return false;
  const text = String(held);
  if (matching === 'modalities') return text.split('\\').some((one) => textMatches(one, value));
  if (matching === 'number') return value.kind === 'single' && Number(value.value) === Number(held);
  if (value.kind !== 'range') return textMatches(text, value);
  return matching === 'time' ? timeWithin(text, value) : dateWithin(text, value);
}

function textMatches(text: string, value: MatchValue): boolean {
  if (value.kind === 'single') return text === value.value;
  if (value.kind === 'list') return value.values.includes(text);
  return value.kind === 'wildcard' && wildcard(value.pattern).test(text);
}

function nameMatches(held: string | number | null, value: MatchValue): boolean {
  const wanted = value.kind === 'single' ? value.value : value.kind === 'wildcard' ? value.pattern : '';
  const pattern = foldPersonName(wanted);
  if (pattern === '' || (value.kind === 'wildcard' && /^[* ]*$/.test(pattern))) return true;
  if (held === null) return false;
  const name = String(held);
  const candidates = name.includes('=') ? [name, ...name.split('=')] : [name];
  if (value.kind === 'single') return candidates.includes(pattern);
  // `SMITH^*`: the components after the family name may be anything, so also missing.
  const patterns = [pattern];
  while (/ \*+$/.test(patterns.at(-1)!)) patterns.push(patterns.at(-1)!.replace(/ \*+$/, ''));
  return candidates.some((one) => patterns.some((each) => wildcard(each).test(one)));
}

function wildcard(pattern: string): RegExp {
  const source = Array.from(pattern, (c) =>
    c === '*' ? '[^]*' : c === '?' ? '[^]' : c.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&'),
  ).join('');
  return new RegExp(`^${source}$`, 'u');
}

function dateWithin(date: string, range: { from?: string; to?: string }): boolean {
  return (range.from === undefined || date >= range.from) && (range.to === undefined || date <= range.to);
}

/** Times as microseconds of the day; an end stands for all of the unit that it names. */
function timeWithin(time: string, range: { from?: string; to?: string }): boolean {
  const [first] = microseconds(time);
  if (range.from !== undefined && first < microseconds(range.from)[0]) return false;
  return range.to === undefined || first <= microseconds(range.to)[1];
}

function microseconds(time: string): [first: number, last: number] {
  const at = (text: string): number => {
    const [whole = '', fraction = ''] = text.split('.');
    const [hours, minutes, seconds] = [whole.slice(0, 2), whole.slice(2, 4), whole.slice(4, 6)].map(Number);
    return ((hours! * 60 + minutes!) * 60 + seconds!) * 1e6 + Number(fraction.padEnd(6, '0'));
  };
  const unit = time.includes('.')
    ? 10 ** (6 - time.split('.')[1]!.length)
    : { 2: 3600e6, 4: 60e6, 6: 1e6 }[time.length]!;
  return [at(time), at(time) + unit - 1];
}
