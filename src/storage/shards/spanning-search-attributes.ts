import type {
  AttributeState,
  IndexedValues,
  IndexingState,
  Position,
  SearchAttributeIndex,
  SeriesToIndex,
} from '../../archive/search-attributes/search-attribute-index';
import { rowAmongAll, rowOf } from './row-numbers';
import type { Span } from './span';

/** The count of waiting series stops there: see IndexingState. */
const MOST_WAITING = 1000;

/**
 * The extra search attributes of an archive in several databases. The job goes through one database after the other: the rows of
 * series, and the positions among them, are those of all databases in one order.
 */
export function spanningSearchAttributes(span: Span): SearchAttributeIndex {
  /** The attributes, when the state was last read. */
  let known: readonly Together[] = [];
  const partsOf = async (values: IndexedValues): Promise<ReadonlyMap<number, IndexedValues>> => {
    const parts = new Map<number, { -readonly [Part in keyof IndexedValues]: IndexedValues[Part] }>();
    for (const part of ['studies', 'series', 'instances'] as const) {
      for (const [number, records] of await span.byDatabase<IndexedValues[typeof part][number]>(values[part])) {
        const of = parts.get(number) ?? { studies: [], series: [], instances: [] };
        parts.set(number, Object.assign(of, { [part]: records }));
      }
    }
    return parts;
  };
  const among = (number: number) => (series: SeriesToIndex) => ({
    ...series,
    row: rowAmongAll({ number, row: series.row }),
  });
  const inDatabase = (series: SeriesToIndex) => ({ ...series, row: rowOf(series.row).row });
  /** Completes the attributes in databases without series. */
  const completeFrom = async (first: number, last: number, now: number) => {
    for (let number = first; number <= last; number += 1)
      await span.at(number).searchAttributes.complete(BEGINNING, now);
  };
  const locally = ({ seriesRow, sopInstanceUID }: Position) => {
    const { number, row } = rowOf(seriesRow);
    return { of: span.at(number).searchAttributes, position: { seriesRow: row, sopInstanceUID } };
  };

  return {
    async state() {
      const states = await span.each(({ searchAttributes }) => searchAttributes.state());
      const described = states.findIndex(({ describedTo }) => describedTo !== undefined);
      const names = new Set(states.flatMap(({ attributes }) => attributes.map(({ name }) => name)));
      known = [...names].flatMap((name) => together(name, states) ?? []);
      return {
        attributes: known.map(({ state }) => state),
        waiting: Math.min(
          MOST_WAITING,
          states.reduce((sum, { waiting }) => sum + waiting, 0),
        ),
        ...(described >= 0 && {
          describedTo: rowAmongAll({ number: described + 1, row: states[described]!.describedTo! }),
        }),
        givenUp: states.some(({ givenUp }) => givenUp),
      };
    },

    async add(names, now) {
      return (await span.each(({ searchAttributes }) => searchAttributes.add(names, now))).includes(true);
    },
    async keepOnly(names) {
      await span.each(({ searchAttributes }) => searchAttributes.keepOnly(names));
    },
    async deleteGivenUp(limit) {
      return (await span.each(({ searchAttributes }) => searchAttributes.deleteGivenUp(limit))).every(Boolean);
    },

    /** Of one database: that of the position, or the next one that has any. */
    async seriesAfter(position, limit) {
      await span.ready();
      const { number: from } = rowOf(position.seriesRow);
      for (let number = from; number <= span.databases.length; number += 1) {
        const after = number === from ? locally(position).position : BEGINNING;
        const series = await span.at(number).searchAttributes.seriesAfter(after, limit);
        if (series.length > 0) return series.map(among(number));
      }
      return [];
    },
    /** Of the first database that has any. */
    async markedSeries(limit) {
      await span.ready();
      for (const [at, { searchAttributes }] of span.databases.entries()) {
        const marked = await searchAttributes.markedSeries(limit);
        if (marked.length > 0) return marked.map(among(at + 1));
      }
      return [];
    },
    async instancesOf(series, limit) {
      const [first] = series;
      if (first === undefined) return [];
      return await span.at(rowOf(first.row).number).searchAttributes.instancesOf(series.map(inDatabase), limit);
    },

    async keep(values, done) {
      const row =
        done === undefined
          ? undefined
          : 'to' in done
            ? done.to.seriesRow
            : (done.done[0]?.row ?? done.partly?.series.row);
      const last = row === undefined ? undefined : rowOf(row).number;
      const parts = await partsOf(values);
      // What is done is noted with, or after, its values.
      for (const [number, of] of parts) if (number !== last) await span.at(number).searchAttributes.keep(of);
      if (last === undefined) {
        if (done !== undefined)
          await span.first.searchAttributes.keep({ studies: [], series: [], instances: [] }, done);
        return;
      }
      const local =
        done === undefined || !('to' in done)
          ? done && {
              ...done,
              done: done.done.map(inDatabase),
              ...(done.partly && { partly: { ...done.partly, series: inDatabase(done.partly.series) } }),
            }
          : {
              ...done,
              from: rowOf(done.from.seriesRow).number === last ? locally(done.from).position : BEGINNING,
              to: locally(done.to).position,
              seriesDone: Math.max(0, done.seriesDone - doneElsewhere(known, done.from, last)),
            };
      // No series was left in the databases before it.
      if (done !== undefined && 'to' in done) {
        const { number } = rowOf(done.from.seriesRow);
        if (number < last) await locally(done.from).of.complete(locally(done.from).position, done.now);
        await completeFrom(number + 1, last - 1, done.now);
      }
      const own = parts.get(last) ?? { studies: [], series: [], instances: [] };
      await span.at(last).searchAttributes.keep(own, local);
    },

    async describe(description) {
      await span.ready();
      const { series, studies, seriesRow } = description;
      if (seriesRow !== undefined) {
        const { number, row } = rowOf(seriesRow);
        // Those before it have no further series.
        for (const { searchAttributes } of span.databases.slice(0, number - 1)) {
          await searchAttributes.describe({ studies: [], series: [], seriesRow: undefined });
        }
        await span.directory.widen(
          number,
          studies.flatMap(({ studyDate }) => studyDate ?? []),
        );
        return await span.at(number).searchAttributes.describe({ studies, series, seriesRow: row });
      }
      // The first database that is not described to its end is.
      for (const { searchAttributes } of span.databases) {
        if ((await searchAttributes.state()).describedTo === undefined) continue;
        return await searchAttributes.describe(description);
      }
    },

    async complete(position, now) {
      await span.ready();
      const { of, position: local } = locally(position);
      await of.complete(local, now);
      await completeFrom(rowOf(position.seriesRow).number + 1, span.databases.length, now);
    },
  };
}

const BEGINNING: Position = { seriesRow: 0, sopInstanceUID: null };

interface Together {
  readonly state: AttributeState;
  /** Series that are done in each database. */
  readonly done: readonly number[];
}

/** Series that are done in other databases than this one, of the attribute that stands at the position. */
function doneElsewhere(known: readonly Together[], { seriesRow, sopInstanceUID }: Position, number: number): number {
  const found = known.find(
    ({ state: { position } }) => position.seriesRow === seriesRow && position.sopInstanceUID === sopInstanceUID,
  );
  return (found?.done ?? []).reduce((sum, done, at) => sum + (at === number - 1 ? 0 : done), 0);
}

/**
 * The state of an attribute in all databases: it stands in the first one where it is not complete.
 * @returns undefined when not all databases know it
 */
function together(name: string, states: readonly IndexingState[]): Together | undefined {
  const each = states.flatMap(({ attributes }) => attributes.find((one) => one.name === name) ?? []);
  if (each.length < states.length) return undefined;
  const open = each.findIndex(({ complete }) => !complete);
  const at = open >= 0 ? open : each.length - 1;
  const here = each[at]!;
  const sum = (of: (state: AttributeState) => number) => each.reduce((total, one) => total + of(one), 0);
  const { seriesRow, sopInstanceUID } = here.position;
  const seriesDone = sum((one) => one.seriesDone);
  const state: AttributeState = {
    name,
    position: { seriesRow: rowAmongAll({ number: at + 1, row: seriesRow }), sopInstanceUID },
    seriesDone,
    seriesTotal: sum((one) => one.seriesTotal),
    updatedAt: Math.max(...each.map((one) => one.updatedAt)),
    complete: open < 0,
  };
  return { state, done: each.map((one) => one.seriesDone) };
}
