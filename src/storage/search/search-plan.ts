import type { DatabaseQuery } from '../index/database-index';
import { all, type Fragment, fragment, joined, sql, unionAll, value } from '../statements/sql-fragment';
import type { Driver, Source } from './driver';
import { fuzzyRankSQL, fuzzyTerms, RANKS, rankedKey } from './fuzzy-sql';
import { columnOf } from './search-conditions';
import { driversOf, studyDates } from './search-drivers';
import { BY_DATE, isByDate, type Order, orderBySQL, orderOf } from './search-order';

/*
 * How the matching studies are found, so that D1 reads about as many rows as it returns. A driver (search-drivers.ts)
 * leads from a key to studies by study_term. If there are only a few studies, all of them are read and sorted. If there
 * are many, the blocks of dates are walked from the newest on, and the studies of each block are sorted, until there
 * are enough. The statement decides between the two when it runs: a probe counts the studies that a driver leads to,
 * and stops when there are many.
 */

/** The studies that the caller wants. */
export interface Wanted {
  /** Columns of the table study. */
  readonly columns: Fragment | string;
  /** Condition on the table study. */
  readonly where: Fragment;
  /** The most studies, from the first one on. */
  readonly count: number;
  /** Keys that lead to all studies that can be seen; none when everything can be seen. */
  readonly visible: readonly Driver[];
}

/**
 * The matching studies, in the order of orderOf.
 * @returns undefined when no key leads to studies: the studies are then walked in their order
 */
export function studiesSQL(query: DatabaseQuery, wanted: Wanted): Fragment | undefined {
  const ranks = RANKS.slice(0, query.ranks);
  const drivers = driversOf(query, wanted.visible, ranks.at(-1));
  if (!drivers.some(({ blockSources }) => blockSources !== undefined)) return undefined;
  const ranked = rankedKey(query);
  const plan: Plan = { ...wanted, name: 'probe', drivers, order: orderOf({ ...query, level: 'study' }), query };
  const rank = ranked && fuzzyRankSQL(columnOf(ranked.key), ranked.value);
  const isLong = rank !== undefined && wanted.where.sql.length + rank.sql.length > LONG_CONDITION;
  if (!isByDate(query) || isLong) return found(plan, MANY_TO_SORT, (many) => sorted(plan, many));
  if (rank === undefined) return found(plan, fewest(wanted.count), (many) => walked(plan, many));
  // Words that make no pair occur in many more names than match.
  const isLoose = ranked !== undefined && fuzzyTerms(ranked.value, ranks.at(-1) ?? 'sounds').length > 1;
  return found(plan, isLoose ? MANY_TO_RANK : fewest(wanted.count), (many) => {
    const likeness = ranks.map((name, place) => {
      const where = all([wanted.where, sql`(${rank}) = ${place}`]);
      const alike: Plan = {
        ...plan,
        name,
        drivers: driversOf(query, wanted.visible, name),
        order: BY_DATE,
        where,
        guard: many,
      };
      return found(alike, fewest(wanted.count), (most) => walked(alike, most));
    });
    return unionAll(likeness.map(nested));
  });
}

interface Plan extends Wanted {
  readonly query: DatabaseQuery;
  /** Prefix of the probes' names, so that they differ from those of other plans in the statement. */
  readonly name: string;
  readonly drivers: readonly Driver[];
  readonly order: Order;
  /** The plan finds nothing unless this condition is true. */
  readonly guard?: Fragment;
}

/**
 * Characters of a long condition. A statement may have 100 KB, and a statement that ranks names contains its condition
 * nine times.
 */
const LONG_CONDITION = 6000;

/** Up to this number of studies, sorting is always cheaper than a walk in an order that is not that of the index. */
const MANY_TO_SORT = 4000;

/** Up to this number of names are ranked when few of them match. Beyond it, the blocks are walked for each rank. */
const MANY_TO_RANK = 600;

/**
 * The number of studies for which two ways cost the same. One way reads all of them, three rows for each. The other way
 * walks some 500 blocks, which are ten years, until it has found `count` studies.
 */
function fewest(count: number): number {
  return Math.min(Math.ceil(18 * Math.sqrt(count)), MANY_TO_SORT);
}

/** Keys that are probed. Further ones are not worth a probe. */
const PROBES = 3;

/**
 * Makes SQLite find studies by their row numbers: in a small table it would otherwise read all of them in their order.
 */
const STUDY = 'study NOT INDEXED';

/**
 * @param few up to this number of studies are read and sorted
 * @param others makes the statement that finds the studies when every driver leads to more; its argument is the
 * condition for that
 */
function found(plan: Plan, few: number, others: (many: Fragment) => Fragment): Fragment {
  const { name, columns, where, order, count, guard } = plan;
  const probed = plan.drivers.slice(0, PROBES).map(({ sources }, at) => {
    // A name that is found by its words and by their sounds is found by both sources.
    return { probe: `${name}_${at}`, before: `${name}_${at - 1}`, sources, most: few * sources.length };
  });
  const probes = probed.map(({ probe, before, sources, most }, at) => {
    const rows = unionAll(sources.map((source) => sql`SELECT 1 FROM ${source.table} WHERE ${source.where}`));
    const hits = sql`SELECT count(*) > ${value(most)} FROM (${rows} LIMIT ${value(most + 1)})`;
    // A driver is not probed when one before it led to few studies.
    return sql`${probe} (many) AS MATERIALIZED (SELECT (${at === 0 ? hits : sql`SELECT iif(many, (${hits}), NULL) FROM ${before}`}))`;
  });
  const studies = probed.flatMap(({ probe, sources }) =>
    sources.map(
      ({ table, study, where }) =>
        sql`SELECT ${table}.${study} FROM ${probe} CROSS JOIN ${table} WHERE ${probe}.many = 0 AND ${where}`,
    ),
  );
  const many = sql`(SELECT many FROM ${probed.at(-1)?.probe ?? name})`;
  const limit = guard === undefined ? value(count) : sql`iif(${guard}, ${value(count)}, 0)`;
  const rare = sql`SELECT ${columns} FROM ${STUDY} WHERE study.id IN (${unionAll(studies)}) AND ${where}
    ${orderBySQL(order)} LIMIT ${limit}`;
  const both = guard === undefined ? many : sql`iif(${guard}, ${many}, 0)`;
  return sql`WITH ${joined(probes, ', ')} ${nested(rare)} UNION ALL ${nested(others(both))}`;
}

function nested(select: Fragment): Fragment {
  return sql`SELECT * FROM (${select})`;
}

/**
 * Walks block by block of dates, the newest first. SQLite sorts only within a block, because the blocks come in order.
 */
function walked({ drivers, columns, where, order, count, query }: Plan, many: Fragment): Fragment {
  const driver = drivers.find(({ blockSources }) => blockSources !== undefined);
  const studies = (driver?.blockSources ?? []).map(inBlock);
  return sql`SELECT ${columns} FROM study_block AS block CROSS JOIN ${STUDY} ON study.id IN (${unionAll(studies)})
    WHERE ${all([...blocksOf(query), where])}
    ${orderBySQL([fragment('block.date_block DESC'), ...order])} LIMIT iif(${many}, ${value(count)}, 0)`;
}

function inBlock({ table, study, where }: Source): Fragment {
  // The index is named, because SQLite considers the other index as good.
  return sql`SELECT ${study} FROM ${table} INDEXED BY study_term_by_date_block
    WHERE study_term.date_block = block.date_block AND ${where}`;
}

/** The conditions that leave only the blocks of the requested dates. */
function blocksOf(query: DatabaseQuery): Fragment[] {
  const { from, to } = studyDates(query) ?? {};
  return [
    ...(from === undefined ? [] : [fragment('block.date_block >= ?', blockOf(from))]),
    ...(to === undefined ? [] : [fragment('block.date_block <= ?', blockOf(to))]),
  ];
}

/**
 * The block of a date, as in the column date_block of study.
 * @param date YYYYMMDD
 */
function blockOf(date: string): number {
  return Math.floor(Number(date) / 10);
}

/** Reads the studies in an order that is not that of dates, by an index for that order when there is one. */
function sorted({ columns, where, order, count }: Plan, many: Fragment): Fragment {
  return sql`SELECT ${columns} FROM study WHERE ${where} ${orderBySQL(order)} LIMIT iif(${many}, ${value(count)}, 0)`;
}
