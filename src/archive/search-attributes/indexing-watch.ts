import type { Archive } from '../ports';
import type { SearchKey } from '../search/attributes';
import type { SearchCriteria } from '../search/search-query';
import { attributeLabel, type ExtraAttribute } from './extra-attributes';
import { followConfiguration } from './reindex';
import type { IndexingState } from './search-attribute-index';

/** That everything is indexed is believed for so long. */
const KEPT_MS = 60_000;

/** A request that began to follow the configuration, and has said nothing for so long, has ended: another one begins. */
const BEGUN_MS = 60_000;

/** What an isolate knows of how far the deployment's extra attributes are indexed. */
export class IndexingWatch {
  private followed = false;
  private begunUntil = 0;
  private completeUntil = 0;

  constructor(
    private readonly archive: Archive,
    private readonly attributes: readonly ExtraAttribute[],
  ) {}

  /**
   * With an isolate's first request: a new configuration is noticed, and what it asks for begins.
   * @returns undefined when there is nothing to be done
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
        console.error(JSON.stringify({ event: 'configuration-not-followed', name: error.name }));
      },
    );
  }

  /**
   * Why a search may miss what was stored before its attributes were configured: one sentence for each of them. Costs a
   * round trip to the index, unless the search names no such attribute or all are known to be indexed.
   */
  async warnings(criteria: Pick<SearchCriteria, 'matches' | 'orderBy'>, now: number): Promise<string[]> {
    const names = [...criteria.matches, ...criteria.orderBy].flatMap(({ key }) => namesOf(key));
    if (names.length === 0 || now < this.completeUntil) return [];
    const state = await followConfiguration(this.archive, this.attributes, now, false);
    const progress = progressOf(this.attributes, state);
    if (progress.every(({ indexed }) => indexed)) this.completeUntil = now + KEPT_MS;
    return progress.flatMap(({ attribute, indexed, seriesDone, seriesTotal }) => {
      if (indexed || !names.includes(attribute.name)) return [];
      const done = `${seriesDone} of ${seriesTotal} series done`;
      return [`The attribute ${attributeLabel(attribute)} is being indexed: ${done}. Results may be missing.`];
    });
  }

  /** How far each attribute is indexed, in the order of the configuration. */
  async progress(now: number): Promise<readonly AttributeProgress[]> {
    return progressOf(this.attributes, await followConfiguration(this.archive, this.attributes, now, false));
  }
}

export interface AttributeProgress {
  readonly attribute: ExtraAttribute;
  /** Every instance stored is found by it. */
  readonly indexed: boolean;
  readonly seriesDone: number;
  readonly seriesTotal: number;
}

function progressOf(attributes: readonly ExtraAttribute[], state: IndexingState): AttributeProgress[] {
  const known = new Map(state.attributes.map((each) => [each.name, each]));
  return attributes.map((attribute) => {
    const { complete = false, seriesDone = 0, seriesTotal = 0 } = known.get(attribute.name) ?? {};
    // Series that have to be indexed again are among those that were done.
    const again = Math.min(state.waiting, seriesDone);
    return { attribute, indexed: complete && state.waiting === 0, seriesDone: seriesDone - again, seriesTotal };
  });
}

function namesOf({ source }: SearchKey): readonly string[] {
  return source.kind === 'extra' ? source.names : [];
}
