import type { InstanceIdentity } from '../../../archive/identities';
import type { ArchiveIndex } from '../../../archive/ports';
import type { DatabaseIndex } from '../../index/database-index';
import { forEach } from '../at-once';
import { NEW_NUMBER } from '../move/move-sql';
import type { NumberedDatabases } from '../move/numbered-databases';
import { rowAmongAll, rowOf } from '../row-numbers';
import type { Span } from '../span';
import { commitGroup } from './spanning-commit';
import { countMatches, matchingRows, rowsOf, searchPage } from './spanning-search';

/**
 * The index of an archive in several databases. What concerns one study is one round trip to its database.
 * @param databases those of the span
 */
export function spanningIndex(span: Span, databases: NumberedDatabases): ArchiveIndex {
  const indexOf = async (study: { readonly studyInstanceUID: string }) => (await span.of(study.studyInstanceUID)).index;

  /** The number that an instance has since its study has come from another database, of whose pages it ended one. */
  const newNumber = async (number: number, studyInstanceUID: string, row: number): Promise<number> =>
    (await databases.all<{ row: number }>(number, NEW_NUMBER, studyInstanceUID, row))[0]?.row ?? 0;
  /** Asks the databases of some instances. @returns what each of them answers */
  const ofInstances = async <Answer>(
    instances: readonly InstanceIdentity[],
    ask: (index: DatabaseIndex, some: readonly InstanceIdentity[]) => Promise<readonly Answer[]>,
  ) => await forEach([...(await span.byDatabase(instances))], ([number, some]) => ask(span.at(number).index, some));

  return {
    commit: (group) => commitGroup(span, group, databases.at(1)),
    search: (query) => searchPage(span, query),
    matchingRows: (query) => matchingRows(span, query),
    rowsOf: (query, ids) => rowsOf(span, query, ids),
    count: (query) => countMatches(span, query),

    secret: (name) => span.first.index.secret(name),

    async instances(scope, after, limit) {
      const number = await span.numberOf(scope.studyInstanceUID);
      const before = rowOf(after);
      const moved = after > 0 && before.number !== number;
      const row = moved ? await newNumber(number, scope.studyInstanceUID, before.row) : before.row;
      const rows = await span.at(number).index.instances(scope, row, limit);
      // The layout is parsed only when it is needed, so the rows are not copied.
      return rows.map((one) => Object.assign(one, { id: rowAmongAll({ number, row: one.id }) }));
    },
    layouts: async (instance, neighbours) => (await indexOf(instance)).layouts(instance, neighbours),
    representative: async (scope) => (await indexOf(scope)).representative(scope),
    segments: async (scope) => (await indexOf(scope)).segments(scope),
    metadataLocations: async (scope) => (await indexOf(scope)).metadataLocations(scope),
    segmentContents: async (series, names) => (await indexOf(series)).segmentContents(series, names),
    seriesTimes: async (series) => (await indexOf(series)).seriesTimes(series),
    replaceSegments: (replacement) =>
      span.changing(replacement.studyInstanceUID, ({ index }) => index.replaceSegments(replacement)),

    async held(instances) {
      return (await ofInstances(instances, (index, some) => index.held(some))).flat();
    },
    async metadataLocationsOf(instances) {
      const found = await ofInstances(instances, (index, some) => index.metadataLocationsOf(some));
      return found.length <= 1 ? found.flat() : inOrderOf(instances, found.flat());
    },

    async labels(studyInstanceUID) {
      return await (await span.of(studyInstanceUID)).index.labels(studyInstanceUID);
    },
    async replaceLabels(studyInstanceUID, labels, now) {
      return await span.changing(studyInstanceUID, ({ index }) => index.replaceLabels(studyInstanceUID, labels, now));
    },

    ...frameCopiesIn(span),
  };
}

function frameCopiesIn(span: Span): Pick<ArchiveIndex, 'framesToCopy' | 'keepFrameCopies'> {
  return {
    async framesToCopy(series, limit) {
      const number = await span.numberOf(series.studyInstanceUID);
      const rows = await span.at(number).index.framesToCopy(series, limit);
      return rows.map((row) => ({ ...row, id: rowAmongAll({ number, row: row.id }) }));
    },
    async keepFrameCopies(copies) {
      const copied = copies.map((copy) => ({ ...copy, ...rowOf(copy.id) }));
      await forEach([...Map.groupBy(copied, ({ number }) => number)], ([number, of]) =>
        span.at(number).index.keepFrameCopies(of.map(({ row, version, length }) => ({ id: row, version, length }))),
      );
    },
  };
}

/** The records in the order of the instances. */
function inOrderOf<Of extends InstanceIdentity>(instances: readonly InstanceIdentity[], records: Of[]): Of[] {
  const places = new Map(instances.map((instance, at) => [keyOf(instance), at]));
  return records.sort((one, other) => places.get(keyOf(one))! - places.get(keyOf(other))!);
}

function keyOf({ studyInstanceUID, seriesInstanceUID, sopInstanceUID }: InstanceIdentity): string {
  return `${studyInstanceUID}/${seriesInstanceUID}/${sopInstanceUID}`;
}
