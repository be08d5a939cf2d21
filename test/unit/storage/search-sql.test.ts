import { describe, expect, it } from 'vitest';
import { SEARCH_KEYS, type SearchKey, searchKey } from '../../../src/archive/attributes';
import type { Match, MatchValue, QueryLevel, SearchQuery } from '../../../src/archive/search-query';
import { searchSQL } from '../../../src/storage/search-sql';
import { naiveSearch } from '../../support/naive-search';
import { CHARACTERS, fillDatabase, generateStudies } from '../../support/search-fixture';
import { type SeededRandom, seededRandom } from '../../support/seeded-random';

const LEVELS: readonly QueryLevel[] = ['study', 'series', 'instance'];
const SEED = Number(process.env.SEED ?? 20_261_122);
const random = seededRandom(SEED);
const studies = generateStudies(random, 300);
const database = fillDatabase(studies);

describe('PS3.4 C.2.2.2: the SQL of a search finds what a walk over everything finds', () => {
  for (const key of SEARCH_KEYS) {
    it(`${key.level} key ${key.path} (${key.vr}), every kind of matching at every level`, () => {
      for (let round = 0; round < 40; round += 1) compare({ matches: [randomMatch(key, random)] });
    });
  }

  it('several keys at once', () => {
    for (let round = 0; round < 400; round += 1) {
      const keys = new Set([random.pick(SEARCH_KEYS), random.pick(SEARCH_KEYS), random.pick(SEARCH_KEYS)]);
      compare({ matches: [...keys].map((key) => randomMatch(key, random)) });
    }
  });

  it('within a study, within a series, page by page', () => {
    for (let round = 0; round < 100; round += 1) {
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

  it.each([
    ['every kind of name at once, long ones too', `*${'é'.repeat(40)}?${'x'.repeat(40)}*`],
    ['nothing but stars and marks', '*?'.repeat(400)],
    ['stars between letters', '*a'.repeat(400)],
    ['marks between letters', `*${'b?'.repeat(31)}`],
  ])('%s stays within what D1 allows, and quick', (_, pattern) => {
    const matches = SEARCH_KEYS.filter(({ matching }) => ['text', 'name', 'modalities'].includes(matching)).map(
      (key): Match => ({ key, value: { kind: 'wildcard', pattern } }),
    );
    const { sql, parameters } = searchSQL({ ...query(matches), level: 'instance' });
    expect(parameters.length).toBeLessThanOrEqual(100);
    expect(sql.length).toBeLessThan(50_000);
    expect(run({ ...query(matches), level: 'instance' })).toEqual([]);
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
      if (kind === 'list') return { key, value: { kind, values: ['x'] } };
      if (kind === 'wildcard') return { key, value: { kind, pattern: at === 1 ? 'x*' : '*x' } };
      return { key, value: { kind: 'single', value: 'x' } };
    });
    expect(searchSQL(query(matches)).sql).toBe(searchSQL(query(harmless)).sql);
    expect(run(query(matches))).toEqual([]);
  });
});

function compare({ matches }: { matches: Match[] }): void {
  for (const level of LEVELS) {
    const kept = matches.filter(({ key }) => LEVELS.indexOf(key.level) <= LEVELS.indexOf(level));
    compareAt({ ...query(kept), level });
  }
}

function compareAt(searched: SearchQuery): void {
  const expected = naiveSearch(studies, searched);
  expect(run(searched), `seed ${SEED}: ${JSON.stringify(searched)}`).toEqual(expected);
}

function query(matches: Match[]): SearchQuery {
  return { level: 'study', matches, fuzzyMatching: false, orderBy: [], limit: 100_000, offset: 0, attributesOf: [] };
}

function run(searched: SearchQuery): number[] {
  const { sql, parameters } = searchSQL(searched);
  const withId = sql.replace('SELECT ', `SELECT ${searched.level}.id AS found, `);
  return database
    .prepare(withId)
    .all(...parameters)
    .map(({ found }) => Number(found));
}

/** A value made from one that is held, so that something is found, or from nothing in particular. */
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
  switch (key.matching) {
    case 'uid':
      return random.below(2) === 0
        ? { kind: 'single', value: held }
        : { kind: 'list', values: [held, heldValue(key, random), '9.9'] };
    case 'number':
      return { kind: 'single', value: held === '' ? '0' : held };
    case 'date': {
      if (random.below(3) === 0) return { kind: 'single', value: held };
      return randomRange(held || '20240101', heldValue(key, random) || '20240615', random);
    }
    case 'time':
      return randomRange(timeText(held, random), timeText(heldValue(key, random), random), random);
    case 'modalities': {
      const one = random.pick(held.split('\\'));
      if (random.below(3) === 0) return { kind: 'list', values: [one, 'XA', 'C'] };
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

function timeText(held: string, random: SeededRandom): string {
  const whole = held.split('.')[0]!;
  if (whole.length < 2) return '10';
  return random.below(3) === 0 ? held : whole.slice(0, random.pick([2, 4, 6]));
}

function randomRange(first: string, second: string, random: SeededRandom): MatchValue {
  const [from, to] = [first, second].sort() as [string, string];
  switch (random.below(4)) {
    case 0:
      return { kind: 'range', from };
    case 1:
      return { kind: 'range', to };
    case 2:
      return { kind: 'range', from: first, to: first };
    default:
      return { kind: 'range', from, to };
  }
}

/** Puts `*` for a run of characters and `?` for single ones. */
function mutate(text: string, random: SeededRandom): string {
  const characters = Array.from(text);
  for (let times = random.below(5); times > 0; times -= 1) {
    const at = random.below(characters.length + 1);
    if (random.below(3) === 0) characters.splice(at, 1, '?');
    else characters.splice(at, random.below(6), '*');
  }
  if (random.below(6) === 0) characters.push(random.pick(CHARACTERS));
  return characters.join('');
}
