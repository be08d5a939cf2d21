import type { CommitGroup, InstanceRecord } from '../../archive/commit-group';
import { identitiesJSON } from '../index/d1-rows';
import { keepOthers, leaveReplaced, noteReplaced } from '../remove/replace-sql';
import { insertValues, markUnindexed } from '../search-attributes/extra-value-sql';
import { jsonChunks } from '../statements/json-chunks';
import { type Fragment, fragment, value } from '../statements/sql-fragment';
import { putAside } from './aside-sql';
import { type Author, NOBODY } from './author';
import * as commitSQL from './commit-sql';
import * as countSQL from './count-sql';
import { insertInstances } from './instance-sql';
import * as senderSQL from './sender-sql';

/**
 * The statements that make a group visible, in order. They run as one batch. No value that is bound to them is too long
 * for D1.
 * @param described whether the statements make studies and series that do not exist
 */
export function commitStatements(
  group: CommitGroup & Partial<SharedSegments>,
  described = true,
  author: Author = NOBODY,
): Fragment[] {
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
    ...(replaces ? rounds(group.instances) : [group.instances])
      .flatMap(jsonChunks)
      .flatMap(({ json }) => insertStatements(fragment('json_each(?)', json), group)),
    ...putAside(group, author),
    ...(author.principal === '' ? [] : jsonChunks(group.instances.map(contentOf))).map(({ json }) =>
      fragment(senderSQL.NOTE_FURTHER_SENDER, json),
    ),
    ...jsonChunks(entriesOf(group)).map(({ json }) => fragment(countSQL.COUNT_STORED_SEGMENTS, json)),
    ...identitiesJSON(series).map((some) => fragment(countSQL.COUNT_STUDIES, some, now)),
    ...identitiesJSON(series).map((some) => fragment(countSQL.COUNT_SERIES, some, now)),
    ...(replaces ? describedAgain(group) : []),
    ...(values === undefined ? [] : insertValues(values)),
    ...markUnindexed(series, values),
  ];
}

/** For a group that is a part of one that was committed before. */
export interface SharedSegments {
  /** The instances of that one: its segments count them too. */
  readonly sharing: readonly InstanceRecord[];
}

/** The segments of a group, each with the instances that have an entry in it. */
function entriesOf({
  segments,
  instances,
  sharing = instances,
}: Parameters<typeof commitStatements>[0]): { readonly name: string; readonly instances: string[] }[] {
  const bySegment = Map.groupBy(sharing, ({ segment }) => segment);
  return segments.map(({ name }) => ({
    name,
    instances: [...new Set(bySegment.get(name)?.map(({ sopInstanceUID }) => sopInstanceUID))],
  }));
}

function contentOf(instance: InstanceRecord) {
  return { ...versionOf(instance), digest: instance.digest, sender: instance.sender };
}

function versionOf({ studyInstanceUID, seriesInstanceUID, sopInstanceUID, version }: InstanceRecord) {
  return { studyInstanceUID, seriesInstanceUID, sopInstanceUID, version };
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

/**
 * When a group has an instance several times with other content, each one replaces the one before by a statement of its
 * own. The first round holds the first of all instances, and the later rounds hold what replaces them.
 */
function rounds(instances: readonly InstanceRecord[]): InstanceRecord[][] {
  const found: InstanceRecord[][] = [];
  const last = new Map<string, { readonly digest: string; readonly round: number }>();
  for (const instance of instances) {
    const { studyInstanceUID, seriesInstanceUID, sopInstanceUID, digest } = instance;
    const key = `${studyInstanceUID}/${seriesInstanceUID}/${sopInstanceUID}`;
    const before = last.get(key) ?? { digest, round: 0 };
    const round = before.digest === digest ? before.round : before.round + 1;
    last.set(key, { digest, round });
    found[round] ??= [];
    found[round].push(instance);
  }
  return found;
}
