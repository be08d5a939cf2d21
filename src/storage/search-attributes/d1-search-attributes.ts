import type { MetadataLocation } from '../../archive/rows';
import type {
  Advance,
  AttributeState,
  IndexedSeries,
  MarksDone,
  SearchAttributeIndex,
  SeriesToIndex,
} from '../../archive/search-attributes/search-attribute-index';
import { fillColumns, recordsOf } from '../commit/sql/commit-sql';
import { type LocationColumns, locationRow } from '../index/d1-rows';
import type { StatementsOf } from '../statements/d1-client';
import { type Fragment, fragment } from '../statements/sql-fragment';
import { transactionOf } from '../statements/transaction-of';
import { insertValues } from './extra-value-sql';
import * as SQL from './reindex-sql';

/** Runs statements as one transaction, and gives the rows of each. */
type Run = <Row>(...statements: Fragment[]) => Promise<Row[][]>;

/** The extra search attributes of one archive, in its D1 database. */
export function d1SearchAttributes(database: StatementsOf): SearchAttributeIndex {
  const transaction = transactionOf(database);
  const run: Run = <Row>(...statements: Fragment[]) =>
    transaction<Row>(statements.map(({ sql, parameters }) => [sql, ...parameters]));

  return {
    async state() {
      const [attributes = [], counts = [], described = []] = await run<StateColumns & StateCounts>(
        fragment(SQL.ATTRIBUTE_STATES),
        fragment(SQL.COUNT_WAITING),
        fragment(SQL.DESCRIBED_TO),
      );
      return {
        attributes: attributes.flatMap(attributeState),
        waiting: counts[0]?.waiting ?? 0,
        describedTo: described[0]?.describedTo,
        givenUp: attributes.some(({ name }) => name === null),
      };
    },

    async add(names, now) {
      const [added = []] = await run(fragment(SQL.ADD_ATTRIBUTES, JSON.stringify(names), now));
      return added.length > 0;
    },
    async keepOnly(names) {
      await run(fragment(SQL.KEEP_ONLY, JSON.stringify(names)));
    },
    async deleteGivenUp(limit) {
      const results = await run<{ remaining: number }>(
        fragment(SQL.DELETE_VALUES_GIVEN_UP, limit),
        fragment(SQL.DELETE_ATTRIBUTES_GIVEN_UP),
        fragment(SQL.COUNT_GIVEN_UP),
      );
      return results[2]?.[0]?.remaining === 0;
    },

    ...seriesIn(run),

    async keep(values, done) {
      const statements = [...insertValues(values), ...(done === undefined ? [] : progress(done))];
      if (statements.length > 0) await run(...statements);
    },

    async describe({ studies, series, seriesRow }) {
      const filled = series.length === 0 ? [] : fillColumns(recordsOf(studies), recordsOf(series));
      const reached =
        seriesRow === undefined ? fragment(SQL.ALL_DESCRIBED) : fragment(SQL.KEEP_DESCRIBED_TO, seriesRow);
      await run(...filled, reached);
    },

    async complete(position, now) {
      await run(SQL.complete(position, now));
    },
  };
}

function seriesIn(run: Run): IndexedSeries {
  return {
    async seriesAfter(position, limit) {
      const [series = []] = await run<SeriesToIndex>(SQL.seriesAfter(position, limit));
      return series;
    },
    async markedSeries(limit) {
      const [series = []] = await run<SeriesToIndex>(fragment(SQL.MARKED_SERIES, limit));
      return series;
    },

    async instancesOf(series, limit) {
      const [first] = series;
      if (first === undefined) return [];
      const statement = series.length === 1 ? SQL.instancesOfOne(first, limit) : SQL.instancesOfAll(series);
      const [rows = []] = await run<SeriesLocation>(statement);
      return locationsOf(rows, series);
    },
  };
}

type SeriesLocation = LocationColumns & { series_id: number };

function locationsOf(rows: readonly SeriesLocation[], series: readonly SeriesToIndex[]): MetadataLocation[] {
  const seriesAt = new Map(series.map((one) => [one.row, one]));
  return rows.map((row) => {
    const { studyInstanceUID, seriesInstanceUID } = seriesAt.get(row.series_id)!;
    return { ...locationRow(row), studyInstanceUID, seriesInstanceUID };
  });
}

function progress(done: Advance | MarksDone): Fragment[] {
  if ('to' in done) return [SQL.advance(done)];
  return [
    SQL.deleteMarks(done.done),
    ...(done.partly === undefined ? [] : [SQL.keepPlaceOfMark(done.partly.series, done.partly.sopInstanceUID)]),
    fragment(SQL.TOUCH_ATTRIBUTES, done.now),
  ];
}

interface StateCounts {
  readonly waiting: number;
  readonly describedTo: number;
}

interface StateColumns extends Omit<AttributeState, 'name' | 'position' | 'complete'> {
  readonly name: string | null;
  readonly seriesRow: number;
  readonly sopInstanceUID: string | null;
  readonly complete: number;
}

function attributeState(row: StateColumns): AttributeState[] {
  if (row.name === null) return [];
  const { name, seriesRow, sopInstanceUID, seriesDone, seriesTotal, updatedAt, complete } = row;
  return [
    {
      name,
      position: { seriesRow, sopInstanceUID },
      seriesDone,
      seriesTotal: Math.max(seriesTotal, seriesDone),
      updatedAt,
      complete: complete !== 0,
    },
  ];
}
