import { FROM_INSTANCE, INSTANCE_COLUMNS } from './d1-rows';

/**
 * The most characters of a neighbour's layout: layouts with many values would add megabytes that the request does not
 * need.
 */
export const LONGEST_NEIGHBOUR = 4096;

const ONE_SERIES = 'study_instance_uid = ?1 AND series_instance_uid = ?2';

const NEIGHBOURS_OF = (side: string) => `SELECT * FROM (SELECT ${INSTANCE_COLUMNS} ${FROM_INSTANCE}
  WHERE ${ONE_SERIES} AND length(layout) <= ?5 AND sop_instance_uid ${side})`;

/**
 * An instance and ?4 instances around it in the order of their UIDs, which is the order of the index that leads to an
 * instance: a quarter before it, then as many as there are after it, then more before it.
 */
export const LAYOUTS = `
SELECT * FROM (SELECT ${INSTANCE_COLUMNS} ${FROM_INSTANCE} WHERE ${ONE_SERIES} AND sop_instance_uid = ?3)
UNION ALL ${NEIGHBOURS_OF('< ?3 ORDER BY sop_instance_uid DESC LIMIT ?6')}
UNION ALL ${NEIGHBOURS_OF('> ?3 ORDER BY sop_instance_uid LIMIT ?4')}
UNION ALL ${NEIGHBOURS_OF('< ?3 ORDER BY sop_instance_uid DESC LIMIT ?4 OFFSET ?6')}
LIMIT ?4 + 1`;
