import type { CommitGroup, InstanceRecord } from '../../archive/commit-group';
import type { Statements } from '../statements/d1-client';
import { jsonChunks } from '../statements/json-chunks';
import { retrying } from '../statements/retries';
import { type AsideState, SELECT_ASIDE } from './aside-sql';
import type { Author } from './author';
import { digestOf, placed } from './commit-keys';
import { DELETE_DEAD_SEGMENTS } from './commit-sql';
import * as outcomeSQL from './outcome-sql';

/**
 * What the index has in place of the instances that it did not take. Also deletes those segments of the group in which
 * no instance counts.
 */
export async function knownStates(
  database: Statements,
  others: readonly InstanceRecord[],
  segments: CommitGroup['segments'],
  author: Author,
): Promise<FoundStates> {
  if (others.length === 0) return { known: [], hidden: [], removed: new Set() };
  const digests = jsonChunks(others.map(digestOf));
  const names = jsonChunks(segments.map(({ name }) => name));
  const asides = author.confined ? digests : [];
  const statements = [
    ...digests.map(({ json }) => database.prepare(outcomeSQL.SELECT_KNOWN).bind(json)),
    ...asides.map(({ json }) => database.prepare(SELECT_ASIDE).bind(json, author.principal)),
    ...jsonChunks(others.map(({ version }) => version)).map(({ json }) =>
      database.prepare(outcomeSQL.SELECT_REMOVED).bind(json),
    ),
    ...names.map(({ json }) => database.prepare(DELETE_DEAD_SEGMENTS).bind(json)),
  ];
  const results = await retrying(() => database.batch<KnownState & { removed?: string }>(statements));
  const removed = new Set(results.flatMap(({ results }) => results.map((row) => row.removed)));
  removed.delete(undefined);
  const found = results.map(({ results }) => results);
  const hidden = placed<AsideState>(asides, found.slice(digests.length) as unknown as AsideState[][]);
  return { known: placed(digests, found), hidden, removed };
}

/** Those of the instances whose bytes the index has under their UIDs, each with the version of these bytes. */
export async function identicalAmong(
  database: Statements,
  instances: readonly InstanceRecord[],
): Promise<ReadonlyMap<InstanceRecord, string>> {
  const digests = jsonChunks(instances.map(digestOf));
  const statements = digests.map(({ json }) => database.prepare(outcomeSQL.SELECT_KNOWN).bind(json));
  const results = await retrying(() => database.batch<KnownState>(statements));
  const found = results.map(({ results }) => results);
  const same = placed(digests, found).filter(({ place, digest }) => instances[place]!.digest === digest);
  return new Map(same.map(({ place, version }) => [instances[place]!, version]));
}

/** What the index has in place of some instances. The states name the place of their instance among them. */
export interface FoundStates {
  readonly known: readonly KnownState[];
  /** Of instances that were put aside in a study that the sender does not see. */
  readonly hidden: readonly AsideState[];
  /** Versions that counted, and have been removed since. */
  readonly removed: ReadonlySet<string | undefined>;
}

/** The bytes that the index has for an instance. */
export interface InstanceState {
  version: string;
  digest: string;
}

/** What the index has under the UIDs of an instance. */
export interface KnownState extends InstanceState {
  place: number;
  kept: string | null;
}
