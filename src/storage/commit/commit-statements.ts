import type { CommitGroup, InstanceRecord } from '../../archive/commit-group';
import { identitiesJSON } from '../index/d1-rows';
import { keepOthers, leaveReplaced, noteReplaced } from '../remove/replace-sql';
import { insertValues, markUnindexed } from '../search-attributes/extra-value-sql';
import { type JsonChunk, jsonChunks } from '../statements/json-chunks';
import { type Fragment, fragment, value } from '../statements/sql-fragment';
import { type Author, NOBODY } from './author';
import { contentOf } from './commit-keys';
import { rounds } from './rounds';
import { putAside } from './sql/aside-sql';
import * as commitSQL from './sql/commit-sql';
import * as countSQL from './sql/count-sql';
import { insertInstances, OTHER_DATA_SETS } from './sql/instance-sql';
import { SELECT_OTHERS } from './sql/outcome-sql';
import * as senderSQL from './sql/sender-sql';

/**
 * The statements that make a group visible, in order, and say what became of its instances. They run as one batch. No value that
 * is bound to them is too long for D1.
 * @param described whether the statements make studies and series that do not exist
 */
export function commitStatements(group: CommitGroup, described = true, author: Author = NOBODY): Fragment[] {
  const { studies, series, segments, values, now } = group;
  const made = described ? { studies, series } : { studies: [], series: [] };
  const replaces = group.duplicates === 'replace';
  return [
    ...jsonChunks(made.studies).map(({ json }) =>
      commitSQL.insertStudies(json, now, value(author.principal), value(JSON.stringify(author.labels))),
    ),
    ...jsonChunks(made.series).map(({ json }) => fragment(commitSQL.INSERT_SERIES, json, now)),
    ...commitSQL.recordsOf(series.filter(({ requests }) => requests.length > 0)).map(commitSQL.insertRequestAttributes),
    ...jsonChunks(segments).map(({ json }) => fragment(commitSQL.INSERT_SEGMENTS, json)),
    ...(replaces ? rounds(group.instances) : [group.instances]).flatMap((some) => [
      ...jsonChunks(some).flatMap((chunk) => insertStatements(recordsOf(chunk), group)),
      ...jsonChunks(some.map(contentOf)).map(({ json }) => fragment(SELECT_OTHERS, json)),
    ]),
    ...putAside(group, author),
    ...(author.principal === '' ? [] : jsonChunks(group.instances.map(sentContent))).map(({ json }) =>
      fragment(senderSQL.NOTE_FURTHER_SENDER, json),
    ),
    ...jsonChunks(entriesOf(group)).map(({ json }) => fragment(countSQL.COUNT_STORED_SEGMENTS, json)),
    ...jsonChunks(segments.map(({ name }) => name)).map(({ json }) => fragment(commitSQL.DELETE_DEAD_SEGMENTS, json)),
    ...identitiesJSON(series).map((some) => fragment(countSQL.COUNT_STUDIES, some, now)),
    ...identitiesJSON(series).map((some) => fragment(countSQL.COUNT_SERIES, some, now)),
    ...(replaces ? describedAgain(group) : []),
    ...(values === undefined ? [] : insertValues(values)),
    ...markUnindexed(series, values),
  ];
}

/** The segments of a group, each with the instances that have an entry in it. */
function entriesOf({ segments, instances }: CommitGroup): { readonly name: string; readonly instances: string[] }[] {
  const bySegment = Map.groupBy(instances, ({ segment }) => segment);
  return segments.map(({ name }) => ({
    name,
    instances: [...new Set(bySegment.get(name)?.map(({ sopInstanceUID }) => sopInstanceUID))],
  }));
}

function sentContent(instance: InstanceRecord) {
  return { ...contentOf(instance), sender: instance.sender };
}

/** Studies and series in which instances were replaced, and the modalities that these now have. */
function describedAgain({ studies, series, now }: CommitGroup): Fragment[] {
  const replaced = commitSQL.recordsReplaced(studies, now);
  return [
    ...commitSQL.describeAgain([], commitSQL.recordsReplaced(series, now), now),
    ...replaced.map(countSQL.countModalities),
    // This statement comes last: after it, the study may not be visible any more.
    ...commitSQL.describeAgain(replaced, [], now),
  ];
}

/** A table of records, without those whose data set is there in another file. */
function recordsOf({ records, json }: JsonChunk<InstanceRecord>): Fragment {
  return fragment(records.some(({ sameAs }) => sameAs !== undefined) ? OTHER_DATA_SETS : 'json_each(?)', json);
}

/** The transaction itself decides what happens to instances whose UIDs are known. */
function insertStatements(records: Fragment, group: CommitGroup): Fragment[] {
  const { duplicates, now, purgeAt } = group;
  switch (duplicates) {
    case 'reject':
      return [insertInstances(records, 'stays', now)];
    case 'keep':
      return [insertInstances(records, 'stays', now), keepOthers(records, now)];
    case 'replace':
      return [
        noteReplaced(records, now, purgeAt),
        leaveReplaced(records),
        insertInstances(records, 'is replaced', now),
      ];
  }
}
