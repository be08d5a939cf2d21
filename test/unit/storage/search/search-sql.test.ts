import { describe, expect, it } from 'vitest';
import type { QueryLevel } from '../../../../src/archive/search/search-keys';
import { SEARCH_KEYS, type SearchKey, searchKey } from '../../../../src/archive/search/search-keys';
import type { Match, MatchValue, SearchQuery } from '../../../../src/archive/search/search-query';
import { countSQL, searchSQL } from '../../../../src/storage/search/search-sql';
import { naiveMatches } from '../../../support/search/naive-search';
import { CHARACTERS, fillDatabase, generateStudies } from '../../../support/search/search-fixture';
import { type SeededRandom, seededRandom } from '../../../support/seeded-random';

const LEVELS: readonly QueryLevel[] = ['study', 'series', 'instance'];
const SEED = Number(process.env.SEED ?? 20_261_122);
/** So many times as many searches as in CI: see CONTRIBUTING.md. */
const TIMES = Number(process.env.TIMES ?? 1);
const random = seededRandom(SEED);
const studies = generateStudies(random, 300);
const database = fillDatabase(studies);

describe('PS3.4 C.2.2.2: the SQL of a search finds what a walk over everything finds', () => {
  for (const key of SEARCH_KEYS) {
    it(`${key.level} key ${key.path} (${key.vr}), every kind of matching at every level`, () => {
      for (let round = 0; round < 8 * TIMES; round += 1) compare({ matches: [randomMatch(key, random)] });
    });
  }

  it('several keys at once', () => {
    for (let round = 0; round < 80 * TIMES; round += 1) compare({ matches: randomMatches(3) });
  });

  it('for names that match fuzzily', () => {
    const names = SEARCH_KEYS.filter(({ matching }) => matching === 'name');
    for (let round = 0; round < 60 * TIMES; round += 1) {
      const matches = [{ key: random.pick(names), value: fuzzyValue(random) }];
      if (random.below(3) === 0) matches.push(randomMatch(random.pick(SEARCH_KEYS), random));
      compare({ matches: distinct(matches), fuzzyMatching: true, ...randomPage() });
    }
  });

  it('dates and times as one range, and in other zones', () => {
    for (let round = 0; round < 60 * TIMES; round += 1) {
      const paths = random.pick([
        ['00080020', '00080030'],
        ['00400244', '00400245'],
      ]);
      const matches = paths.map((path) => randomMatch(searchKey(path)!, random));
      compare({ matches, ...(random.below(3) > 0 && { timezoneOffset: random.pick([0, 60, -720, 840, -210]) }) });
    }
  });

  it('in the requested order', () => {
    for (let round = 0; round < 60 * TIMES; round += 1) {
      const orderBy = [random.pick(SEARCH_KEYS), random.pick(SEARCH_KEYS)].map((key) => ({
        key,
        descending: random.below(2) === 0,
      }));
      compare({ matches: randomMatches(random.below(3)), orderBy, ...randomPage() });
    }
  });

  it('within a study, within a series, page by page', () => {
    for (let round = 0; round < 25 * TIMES; round += 1) {
      const study = random.pick(studies);
      const scope = {
        studyInstanceUID: String(study.values.study_instance_uid),
        ...(random.below(2) === 0 && { seriesInstanceUID: String(study.series[0]!.values.series_instance_uid) }),
      };
      const level = scope.seriesInstanceUID === undefined ? random.pick(LEVELS) : 'instance';
      compareAt({ ...query([]), level, ...scope, limit: 2, offset: random.below(4) });
    }
    for (const level of LEVELS) compareAt({ ...query([]), level, limit: 37, offset: 101 });
  });

  it('page by page, with few and many matches, with and without later studies', () => {
    for (let round = 0; round < 80 * TIMES; round += 1) {
      compare({
        matches: randomMatches(1 + random.below(2)),
        ...randomPage(),
        ...(random.below(2) === 0 && { newestRow: random.below(600) }),
      });
    }
  });

  it.each([
    ['every kind of wildcard at once, long ones too', `*${'é'.repeat(40)}?${'x'.repeat(40)}*`],
    ['only stars and question marks', '*?'.repeat(400)],
    ['stars between letters', '*a'.repeat(400)],
    ['question marks between letters', `*${'b?'.repeat(31)}`],
    ['many words', 'smith jones miller wilson taylor anderson thomas moore martin *'],
  ])('%s stays within the limits of D1, and is quick', (_, pattern) => {
    const matches = SEARCH_KEYS.filter(({ matching }) => ['text', 'name', 'modalities'].includes(matching)).map(
      (key): Match => ({ key, value: { kind: 'wildcard', pattern } }),
    );
    for (const fuzzyMatching of [false, true]) {
      const searched: SearchQuery = { ...query(matches), level: 'instance', fuzzyMatching, limit: 1 };
      const { sql, parameters } = searchSQL(searched);
      expect(parameters.length).toBeLessThanOrEqual(100);
      expect(sql.length).toBeLessThan(100_000);
      expect(run(searched)).toEqual([]);
    }
  });
});

describe('values are data', () => {
  const HOSTILE = [`' OR 1=1 --`, `%`, `_`, `"`, `\\`, `[a]`, `'); DROP TABLE study; --`, `:a`];
  it.each(HOSTILE)('%s is never part of the statement', (value) => {
    const matches: Match[] = [
      { key: searchKey('00100020')!, value: { kind: 'single', value } },
      { key: searchKey('00100010')!, value: { kind: 'wildcard', pattern: `${value}*` } },
      { key: searchKey('00081030')!, value: { kind: 'wildcard', pattern: `*${value}` } },
      { key: searchKey('0020000D')!, value: { kind: 'list', values: [value, value] } },
    ];
    const harmless = matches.map(({ key, value: { kind } }, at): Match => {
      // A text of the same length, with the same words and component groups.
      const plain = value.replace(/[A-Z]/g, 'X').replace(/[^ =X]/g, 'x');
      if (kind === 'list') return { key, value: { kind, values: [plain, plain] } };
      if (kind === 'wildcard') return { key, value: { kind, pattern: at === 1 ? `${plain}*` : `*${plain}` } };
      return { key, value: { kind: 'single', value: plain } };
    });
    expect(searchSQL(query(matches)).sql).toBe(searchSQL(query(harmless)).sql);
    expect(run(query(matches))).toEqual([]);
  });
});

function compare(asked: Partial<SearchQuery> & { matches: readonly Match[] }): void {
  for (const level of LEVELS) {
    const orderBy = (asked.orderBy ?? []).filter(({ key }) => LEVELS.indexOf(key.level) <= LEVELS.indexOf(level));
    compareAt({ ...query([]), ...asked, orderBy, level });
  }
}

function compareAt(searched: SearchQuery): void {
  const expected = naiveMatches(studies, searched);
  const page = expected.slice(searched.offset, searched.offset + searched.limit);
  expect(run(searched), `seed ${SEED}: ${JSON.stringify(searched)}`).toEqual(page);
  const { sql, parameters } = countSQL(searched);
  const total = database.prepare(sql).get(...parameters)?.total;
  expect(total, `total, seed ${SEED}: ${JSON.stringify(searched)}`).toBe(expected.length);
}

function query(matches: Match[]): SearchQuery {
  return {
    level: 'study',
    matches,
    fuzzyMatching: false,
    orderBy: [],
    limit: 100_000,
    offset: 0,
    caseSensitive: false,
    attributesOf: [],
  };
}

const IDENTIFIER = {
  study: 'study_instance_uid',
  series: 'series_instance_uid',
  instance: 'sop_instance_uid',
} as const;

/** Row numbers by UID: a search does not return others. */
const idOf = new Map(
  studies.flatMap((study) => [
    [`study ${study.values.study_instance_uid}`, study.id] as const,
    ...study.series.flatMap((series) => [
      [`series ${series.values.series_instance_uid}`, series.id] as const,
      ...series.instances.map(({ id, values }) => [`instance ${values.sop_instance_uid}`, id] as const),
    ]),
  ]),
);

function run(searched: SearchQuery): number[] {
  const { sql, parameters } = searchSQL(searched);
  expect(parameters.length).toBeLessThanOrEqual(100);
  return database
    .prepare(sql)
    .all(...parameters)
    .map((row) => idOf.get(`${searched.level} ${row[IDENTIFIER[searched.level]]}`)!);
}

function randomPage(): { limit: number; offset: number } {
  return { limit: random.pick([1, 2, 5, 40]), offset: random.pick([0, 0, 1, 7]) };
}

function randomMatches(count: number): Match[] {
  return distinct(Array.from({ length: count }, () => randomMatch(random.pick(SEARCH_KEYS), random)));
}

/** A search has each key only once. */
function distinct(matches: readonly Match[]): Match[] {
  return [...new Map(matches.map((match) => [match.key.path, match])).values()];
}

const TYPED = [
  'smith',
  'John Smith',
  'SMITH^JON',
  'smi jo',
  'schmitt',
  '*ohara*',
  'Muller',
  'li',
  '*太郎*',
  'ann',
  'luden',
];

function fuzzyValue(random: SeededRandom): MatchValue {
  const typed = random.pick(TYPED);
  return /[*?]/.test(typed) ? { kind: 'wildcard', pattern: typed } : { kind: 'single', value: typed };
}

/** A value that is made from a stored one, so that something is found, or a random value. */
function randomMatch(key: SearchKey, random: SeededRandom): Match {
  const held = heldValue(key, random);
  return { key, value: randomValue(key, held, random) };
}

function heldValue(key: SearchKey, random: SeededRandom): string {
  const study = random.pick(studies);
  const series = random.pick(study.series);
  const request = series.requests[0] ?? {};
  const values = { study: study.values, series: series.values, instance: random.pick(series.instances).values }[
    key.level
  ];
  const column = key.source.kind === 'column' ? key.source.column : '';
  const held = key.path.includes('.') ? request[column] : values[column];
  return String(held ?? random.pick(['', 'A', '1']));
}

function randomValue(key: SearchKey, held: string, random: SeededRandom): MatchValue {
  if (key.matching !== 'uid' && random.below(8) === 0) return { kind: 'empty' };
  switch (key.matching) {
    case 'uid':
      return random.below(2) === 0
        ? { kind: 'single', value: held }
        : { kind: 'list', values: [held, heldValue(key, random), '9.9'] };
    case 'number':
      return { kind: 'single', value: held === '' ? '0' : held };
    case 'date': {
      const [day, other] = [dateText(held), dateText(heldValue(key, random))];
      return random.below(3) === 0 ? { kind: 'single', value: day } : randomRange(day, other, random);
    }
    case 'time':
      return randomRange(timeText(held, random), timeText(heldValue(key, random), random), random);
    case 'modalities': {
      const one = random.pick(held.split('\\')) || 'CT';
      if (random.below(3) === 0)
        return { kind: random.pick(['list', 'all']), values: [one, random.pick(['XA', 'CT', 'MR'])] };
      return random.below(2) === 0
        ? { kind: 'single', value: one }
        : { kind: 'wildcard', pattern: mutate(one, random) };
    }
    default:
      return random.below(3) === 0
        ? { kind: 'single', value: held }
        : { kind: 'wildcard', pattern: mutate(held, random) };
  }
}

function dateText(held: string): string {
  return held.length === 8 ? held : '20240315';
}

function timeText(held: string, random: SeededRandom): string {
  const whole = held.split('.')[0]!;
  if (whole.length < 2) return '10';
  return random.below(3) === 0 ? held : whole.slice(0, random.pick([2, 4, 6]));
}

function randomRange(first: string, second: string, random: SeededRandom): MatchValue {
  const [from, to] = [first, second].sort() as [string, string];
  switch (random.below(5)) {
    case 0:
      return { kind: 'range', from };
    case 1:
      return { kind: 'range', to };
    case 2:
      return { kind: 'range', from: first, to: first };
    case 3:
      return { kind: 'range', from: first, to: first, isOne: true };
    default:
      return { kind: 'range', from, to };
  }
}

/** Replaces a run of characters by `*` and single characters by `?`. */
function mutate(text: string, random: SeededRandom): string {
  const characters = Array.from(text);
  for (let times = random.below(5); times > 0; times -= 1) {
    const at = random.below(characters.length + 1);
    if (random.below(3) === 0) characters.splice(at, 1, '?');
    else characters.splice(at, random.below(6), '*');
  }
  if (random.below(6) === 0) characters.push(random.pick(CHARACTERS));
  const pattern = characters.join('');
  // A pattern that matches everything is not a match.
  return /^\**$/.test(pattern) ? '?*' : pattern;
}
