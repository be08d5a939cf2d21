import type { MetadataLocation } from '../../../archive/rows';
import type {
  Advance,
  AttributeState,
  Descriptions,
  IndexedValues,
  IndexingState,
  MarksDone,
  Position,
  SearchAttributeIndex,
  SeriesToIndex,
} from '../../../archive/search-attributes/search-attribute-index';
import { rowAmongAll, rowOf } from '../row-numbers';
import type { Span } from '../span';

/** The count of waiting series stops there: see IndexingState. */
const MOST_WAITING = 1000;

const BEGINNING: Position = { seriesRow: 0, sopInstanceUID: null };
const NO_VALUES: IndexedValues = { studies: [], series: [], instances: [] };

/**
 * The extra search attributes of an archive in several databases. The job goes through one database after the other: the rows of
 * series, and the positions among them, are those of all databases in one order.
 */
export class SpanningSearchAttributes implements SearchAttributeIndex {
  /** The attributes, when the state was last read. */
  private known: readonly Together[] = [];

  constructor(private readonly span: Span) {}

  async state(): Promise<IndexingState> {
    const states = await this.span.each(({ searchAttributes }) => searchAttributes.state());
    const described = states.findIndex(({ describedTo }) => describedTo !== undefined);
    const names = new Set(states.flatMap(({ attributes }) => attributes.map(({ name }) => name)));
    this.known = [...names].flatMap((name) => together(name, states) ?? []);
    const waiting = states.reduce((sum, state) => sum + state.waiting, 0);
    return {
      attributes: this.known.map(({ state }) => state),
      waiting: Math.min(MOST_WAITING, waiting),
      ...(described >= 0 && {
        describedTo: rowAmongAll({ number: described + 1, row: states[described]!.describedTo! }),
      }),
      givenUp: states.some(({ givenUp }) => givenUp),
    };
  }

  async add(names: readonly string[], now: number): Promise<boolean> {
    return (await this.span.each(({ searchAttributes }) => searchAttributes.add(names, now))).includes(true);
  }

  async keepOnly(names: readonly string[]): Promise<void> {
    await this.span.each(({ searchAttributes }) => searchAttributes.keepOnly(names));
  }

  async deleteGivenUp(limit: number): Promise<boolean> {
    return (await this.span.each(({ searchAttributes }) => searchAttributes.deleteGivenUp(limit))).every(Boolean);
  }

  /** Series of one database: that of the position, or the next one that has any. */
  async seriesAfter(position: Position, limit: number): Promise<readonly SeriesToIndex[]> {
    await this.span.ready();
    const { number: from } = rowOf(position.seriesRow);
    for (let number = from; number <= this.span.databases.length; number += 1) {
      const after = number === from ? positionInDatabase(position) : BEGINNING;
      const series = await this.in(number).seriesAfter(after, limit);
      if (series.length > 0) return series.map((one) => seriesAmongAll(number, one));
    }
    return [];
  }

  /** Marked series of the first database that has any. */
  async markedSeries(limit: number): Promise<readonly SeriesToIndex[]> {
    await this.span.ready();
    for (const [at, { searchAttributes }] of this.span.databases.entries()) {
      const marked = await searchAttributes.markedSeries(limit);
      if (marked.length > 0) return marked.map((one) => seriesAmongAll(at + 1, one));
    }
    return [];
  }

  async instancesOf(series: readonly SeriesToIndex[], limit: number): Promise<readonly MetadataLocation[]> {
    const [first] = series;
    if (first === undefined) return [];
    return await this.in(rowOf(first.row).number).instancesOf(series.map(seriesInDatabase), limit);
  }

  async keep(values: IndexedValues, done?: Advance | MarksDone): Promise<void> {
    const last = done === undefined ? undefined : databaseOf(done);
    const parts = await this.partsOf(values);
    // What is done is noted with, or after, its values.
    for (const [number, part] of parts) if (number !== last) await this.in(number).keep(part);
    if (done === undefined) return;
    if (last === undefined) return await this.span.first.searchAttributes.keep(NO_VALUES, done);
    if ('to' in done) await this.completeBefore(done, last);
    const local = 'to' in done ? this.advanceInDatabase(done, last) : marksInDatabase(done);
    await this.in(last).keep(parts.get(last) ?? NO_VALUES, local);
  }

  async describe(description: Descriptions): Promise<void> {
    await this.span.ready();
    const { series, studies, seriesRow } = description;
    if (seriesRow === undefined) return await this.describeLast(description);
    const { number, row } = rowOf(seriesRow);
    // The databases before this one have no further series.
    for (const { searchAttributes } of this.span.databases.slice(0, number - 1)) {
      await searchAttributes.describe({ studies: [], series: [], seriesRow: undefined });
    }
    await this.span.directory.widen(
      number,
      studies.flatMap(({ studyDate }) => studyDate ?? []),
    );
    await this.in(number).describe({ studies, series, seriesRow: row });
  }

  async complete(position: Position, now: number): Promise<void> {
    await this.span.ready();
    const { number } = rowOf(position.seriesRow);
    await this.in(number).complete(positionInDatabase(position), now);
    await this.completeEmpty(number + 1, this.span.databases.length, now);
  }

  private in(number: number): SearchAttributeIndex {
    return this.span.at(number).searchAttributes;
  }

  /** The values by the databases of their studies. */
  private async partsOf(values: IndexedValues): Promise<ReadonlyMap<number, IndexedValues>> {
    const parts = new Map<number, { -readonly [Part in keyof IndexedValues]: IndexedValues[Part] }>();
    for (const part of ['studies', 'series', 'instances'] as const) {
      for (const [number, records] of await this.span.byDatabase<IndexedValues[typeof part][number]>(values[part])) {
        parts.set(number, Object.assign(parts.get(number) ?? { ...NO_VALUES }, { [part]: records }));
      }
    }
    return parts;
  }

  /** The databases before the one that the job has reached have no series left. */
  private async completeBefore({ from, now }: Advance, reached: number): Promise<void> {
    const { number } = rowOf(from.seriesRow);
    if (number < reached) await this.in(number).complete(positionInDatabase(from), now);
    await this.completeEmpty(number + 1, reached - 1, now);
  }

  /** Completes the attributes in databases without series. */
  private async completeEmpty(first: number, last: number, now: number): Promise<void> {
    for (let number = first; number <= last; number += 1) await this.in(number).complete(BEGINNING, now);
  }

  /** Describes what is left in the first database that is not described to its end. */
  private async describeLast(description: Descriptions): Promise<void> {
    for (const { searchAttributes } of this.span.databases) {
      if ((await searchAttributes.state()).describedTo === undefined) continue;
      return await searchAttributes.describe(description);
    }
  }

  private advanceInDatabase(done: Advance, number: number): Advance {
    return {
      ...done,
      from: rowOf(done.from.seriesRow).number === number ? positionInDatabase(done.from) : BEGINNING,
      to: positionInDatabase(done.to),
      seriesDone: Math.max(0, done.seriesDone - doneElsewhere(this.known, done.from, number)),
    };
  }
}

/** The database of the last row that is done; undefined when no row is named. */
function databaseOf(done: Advance | MarksDone): number | undefined {
  const row = 'to' in done ? done.to.seriesRow : (done.done[0]?.row ?? done.partly?.series.row);
  return row === undefined ? undefined : rowOf(row).number;
}

function marksInDatabase(marks: MarksDone): MarksDone {
  const { done, partly } = marks;
  return {
    ...marks,
    done: done.map(seriesInDatabase),
    ...(partly && { partly: { ...partly, series: seriesInDatabase(partly.series) } }),
  };
}

function seriesAmongAll(number: number, series: SeriesToIndex): SeriesToIndex {
  return { ...series, row: rowAmongAll({ number, row: series.row }) };
}

function seriesInDatabase(series: SeriesToIndex): SeriesToIndex {
  return { ...series, row: rowOf(series.row).row };
}

function positionInDatabase({ seriesRow, sopInstanceUID }: Position): Position {
  return { seriesRow: rowOf(seriesRow).row, sopInstanceUID };
}

interface Together {
  readonly state: AttributeState;
  /** Series that are done in each database. */
  readonly done: readonly number[];
}

/** Series that are done in other databases than this one, of the attribute at the position. */
function doneElsewhere(known: readonly Together[], { seriesRow, sopInstanceUID }: Position, number: number): number {
  const found = known.find(
    ({ state: { position } }) => position.seriesRow === seriesRow && position.sopInstanceUID === sopInstanceUID,
  );
  return (found?.done ?? []).reduce((sum, done, at) => sum + (at === number - 1 ? 0 : done), 0);
}

/**
 * The state of an attribute in all databases. Its position is in the first database where it is not complete.
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
