import type { Visibility } from '../../archive/visibility';

/**
 * Restrictions, each a set of studies. A study is visible when it is in all of them. An archive that is not confined has
 * no restriction.
 */
export type Confinement = readonly Exclude<Visibility, 'everything'>[];
