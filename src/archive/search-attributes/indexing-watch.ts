import { logFailure } from '../../log';
import type { Archive } from '../ports';
import type { SearchKey } from '../search/search-keys';
import type { SearchCriteria } from '../search/search-query';
import { attributeLabel, type ExtraAttribute } from './extra-attributes';
import { followConfiguration } from './reindex';
import type { AttributeState, IndexingState } from './search-attribute-index';

/** Milliseconds for which the result "everything is indexed" is kept. */
const KEPT_MS = 60_000;

/**
 * Milliseconds after which a request that began to follow the configuration, and has not finished, counts as ended.
 * Another request then starts again.
 */
const BEGUN_MS = 60_000;

/** What an isolate knows about how far the deployment's extra attributes are indexed. */
export class IndexingWatch {
  private followed = false;
  private begunUntil = 0;
  private completeUntil = 0;

  constructor(
    private readonly archive: Archive,
    private readonly attributes: readonly ExtraAttribute[],
  ) {}

  /**
   * Is called with the requests of an isolate: the first one notices a new configuration and starts the work that it
   * needs.
   * @returns undefined when there is nothing to do
   */
  begin(now: number): Promise<void> | undefined {
    if (this.followed || now < this.begunUntil || this.attributes.length === 0) return undefined;
    this.begunUntil = now + BEGUN_MS;
    return followConfiguration(this.archive, this.attributes, now, false).then(
      () => {
        this.followed = true;
      },
      (error: Error) => {
        this.begunUntil = 0;
        logFailure('configuration-not-followed', error);
      },
    );
  }

  /**
   * The reasons why a search may miss instances that were stored before its attributes were configured: one sentence
   * for each attribute. It costs a round trip to the index, unless the search names no such attribute or all of them
   * are known to be indexed.
   * @param counted whether the sentences may say how many series the archive has
   */
  async warnings(
    criteria: Pick<SearchCriteria, 'matches' | 'orderBy'>,
    now: number,
    counted: boolean,
  ): Promise<string[]> {
    const names = [...criteria.matches, ...criteria.orderBy].flatMap(({ key }) => namesOf(key));
    if (names.length === 0 || now < this.completeUntil) return [];
    const state = await followConfiguration(this.archive, this.attributes, now, false);
    const progress = progressOf(this.attributes, state);
    if (progress.every(({ indexed }) => indexed)) this.completeUntil = now + KEPT_MS;
    return progress.flatMap(({ attribute, indexed, seriesDone, seriesTotal }) => {
      if (indexed || !names.includes(attribute.name)) return [];
      const done = counted ? `: ${seriesDone} of ${seriesTotal} series done` : '';
      return [`The attribute ${attributeLabel(attribute)} is being indexed${done}. Results may be missing.`];
    });
  }

  /** How far each attribute is indexed, in the order of the configuration. */
  async progress(now: number): Promise<readonly AttributeProgress[]> {
    return progressOf(this.attributes, await followConfiguration(this.archive, this.attributes, now, false));
  }
}

/** How far one attribute is indexed. */
export interface AttributeProgress extends SeriesIndexed {
  readonly attribute: ExtraAttribute;
}

/** The series in which an attribute is indexed. */
export interface SeriesIndexed {
  /** Searches by the attribute find every stored instance. */
  readonly indexed: boolean;
  readonly seriesDone: number;
  readonly seriesTotal: number;
}

function progressOf(attributes: readonly ExtraAttribute[], state: IndexingState): AttributeProgress[] {
  const known = new Map(state.attributes.map((each) => [each.name, each]));
  return attributes.map((attribute) => ({
    attribute,
    ...progressOfAttribute(known.get(attribute.name), state.waiting),
  }));
}

/**
 * How far an attribute is indexed.
 * @param attribute undefined: the index does not know it yet
 * @param waiting number of series that have to be indexed again, or that a rebuild has brought back since
 */
export function progressOfAttribute(attribute: AttributeState | undefined, waiting: number): SeriesIndexed {
  const { complete = false, seriesDone = 0, seriesTotal = 0 } = attribute ?? {};
  const total = Math.max(seriesTotal, waiting);
  // Series that have to be indexed again count among those that were done.
  return {
    indexed: complete && waiting === 0,
    seriesDone: complete ? total - waiting : Math.max(0, seriesDone - waiting),
    seriesTotal: total,
  };
}

function namesOf({ source }: SearchKey): readonly string[] {
  return source.kind === 'extra' ? source.names : [];
}
