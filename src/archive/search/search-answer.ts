import { vrOf } from '../../dicom/dictionary/dictionary';
import { isPrivate } from '../../dicom/dictionary/private-blocks';
import { TABLES, VALUED } from './answer-tables';
import type { QueryLevel } from './search-keys';
import { levelOf, TAG } from './search-keys';
import type { Match, SearchRequest } from './search-query';

const LEVELS: readonly QueryLevel[] = ['study', 'series', 'instance'];

/** Attributes that every row of the index has, so that their metadata need not be read. */
const ALWAYS: ReadonlySet<string> = new Set([
  TAG.sopInstanceUID,
  TAG.instanceAvailability,
  TAG.retrieveURL,
  ...Object.keys(TABLES.instance),
]);

/** The tags of the identifiers, which a result has at every level. */
const IDENTIFIERS = [
  TAG.sopInstanceUID,
  TAG.instanceAvailability,
  TAG.retrieveURL,
  TAG.studyInstanceUID,
  TAG.seriesInstanceUID,
];

/** What the data sets of one search contain. */
export interface Answer {
  /** Levels whose attributes are read. */
  readonly levels: readonly QueryLevel[];
  /**
   * Attributes of each result, with the text for an attribute whose value is not known; undefined when the attribute is
   * then left out.
   */
  readonly attributes: ReadonlyMap<string, string | undefined>;
  /** The tags of these attributes and of the identifiers, in order. */
  readonly order: readonly string[];
  /** Results may also contain other attributes. */
  readonly unforeseen: boolean;
  /** Every attribute of the level of the search and of those above it is returned. */
  readonly all: boolean;
  /** Attributes that the index does not keep are requested: they are read from the instances' stored metadata. */
  readonly needsMetadata: boolean;
  /** Requested private attributes, as the client wrote them. They belong to the instance. */
  readonly privateTags: readonly string[];
  readonly privateCreators: ReadonlyMap<string, string>;
  /** Matched keys inside a sequence, by the tag of the sequence. */
  readonly itemKeys: ReadonlyMap<string, readonly Match[]>;
}

/**
 * What a search returns: the attributes of tables 10.6.3-3 to -5 for the level of the search and for each level above
 * that the path does not name, the matched attributes, and the included ones (PS3.18 10.6.3.3). An attribute of a level
 * below is left out; the standard does not treat it as an error. The standard gives private attributes no level. They
 * may differ between the instances of a series, so they count as instance attributes and are returned at instance
 * level.
 */
export function answerOf(request: SearchRequest): Answer {
  const depth = LEVELS.indexOf(request.level);
  const fixed = request.seriesInstanceUID !== undefined ? 2 : request.studyInstanceUID !== undefined ? 1 : 0;
  const returned = LEVELS.slice(fixed, depth + 1);
  const levels = new Set<QueryLevel>(request.include.all ? LEVELS.slice(0, depth + 1) : returned);
  const attributes = new Map<string, string | undefined>();
  for (const level of returned) {
    for (const [tag, presence] of Object.entries(TABLES[level])) {
      if (!attributes.has(tag)) attributes.set(tag, presence === 'required' ? emptyText(tag) : undefined);
    }
  }
  const wanted = request.include.tags.filter((tag) => LEVELS.indexOf(levelOf(tag)) <= depth);
  const privateTags = wanted.filter(isPrivate);
  for (const tag of wanted) {
    const level = levelOf(tag);
    if (level !== 'instance') levels.add(level);
    // An included attribute is a return key as in C-FIND: it is present, and empty when its value is not known
    // (8.3.4.3).
    if (!isPrivate(tag) && !attributes.has(tag)) attributes.set(tag, VALUED.has(tag) ? undefined : emptyText(tag));
  }
  const instanceLevel = request.level === 'instance';
  return {
    levels: LEVELS.filter((level) => levels.has(level)),
    attributes,
    order: [...new Set([...attributes.keys(), ...IDENTIFIERS])].sort(),
    unforeseen: request.include.all || privateTags.length > 0,
    all: request.include.all,
    needsMetadata:
      instanceLevel && (request.include.all || wanted.some((tag) => levelOf(tag) === 'instance' && !ALWAYS.has(tag))),
    privateTags,
    privateCreators: request.include.privateCreators ?? new Map(),
    itemKeys: Map.groupBy(
      request.matches.filter(({ key }) => key.path.includes('.')),
      ({ key }) => key.path.slice(0, 8),
    ),
  };
}

function emptyText(tag: string): string {
  return JSON.stringify({ vr: vrOf(tag)?.slice(0, 2) ?? 'UN' });
}
