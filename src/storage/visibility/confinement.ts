import type { Visibility } from '../../archive/visibility';

/**
 * Sets of studies of which every one restricts what can be seen: a study is visible when it is in each of them. An archive
 * that is not confined has none.
 */
export type Confinement = readonly Exclude<Visibility, 'everything'>[];
