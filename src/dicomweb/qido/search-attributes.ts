import { attributeLabel } from '../../archive/search-attributes/extra-attributes';
import type { AppContext } from '../context';

/**
 * GET /search-attributes: lists the attributes that this deployment searches in addition to the keys of PS3.18
 * 10.6.1.2.3, and how much of what was stored before each was configured is already indexed. This resource is specific
 * to this archive. To a principal that sees a part of the archive it does not say how many series the archive has.
 */
export async function listSearchAttributes(c: AppContext): Promise<Response> {
  const progress = await c.get('indexing').progress(Date.now());
  const isWhole = c.get('archive').view === '';
  const list = progress.map(({ attribute, indexed, seriesDone, seriesTotal }) => ({
    attribute: attributeLabel(attribute),
    level: attribute.level,
    vr: attribute.vr,
    state: indexed ? 'indexed' : 'indexing',
    ...(isWhole ? { seriesDone, seriesTotal } : {}),
  }));
  return Response.json(list, { headers: { 'Cache-Control': 'no-store' } });
}
