import { LABEL } from '../access/role';
import { HttpProblem } from '../http/problem';
import type { AppContext } from './context';
import { jsonValue } from './json-value';
import { requestSnapshots } from './request-snapshots';
import { refuseConditions } from './resource/refuse-conditions';
import { absent, scopeOf } from './resource/scope';

/** Labels of one study. */
const MOST_LABELS = 50;

/** GET {study}/labels: the labels of a study, by which roles may be confined to it. PS3.18 defines no such transaction. */
export async function showLabels(c: AppContext): Promise<Response> {
  const labels = await c.get('archive').index.labels(scopeOf(c).studyInstanceUID);
  if (labels === undefined) throw await absent(c, scopeOf(c));
  return Response.json(labels, { headers: { 'Cache-Control': 'no-store' } });
}

/**
 * PUT {study}/labels: replaces the labels of a study. Other isolates may use their cached rows for a while
 * (LAYOUT_CACHE_MS), and answer as before.
 * @throws HttpProblem 400 for anything but an array of labels; 412 with If-Match or If-None-Match
 */
export async function replaceLabels(c: AppContext): Promise<Response> {
  const labels = labelsOf(await jsonValue(c));
  refuseConditions(c);
  const scope = scopeOf(c);
  c.set('recorded', { subject: `${c.get('transaction')} ${labels.join(', ')}` });
  const isThere = await c.get('archive').index.replaceLabels(scope.studyInstanceUID, labels, Date.now());
  c.get('layouts').forgetWithin(c.get('archive'), scope);
  if (!isThere) throw await absent(c, scope);
  requestSnapshots(c);
  return Response.json(labels, { headers: { 'Cache-Control': 'no-store' } });
}

function labelsOf(value: unknown): string[] {
  const isLabel = (each: unknown): each is string => typeof each === 'string' && LABEL.test(each);
  if (!Array.isArray(value) || !value.every(isLabel) || value.length > MOST_LABELS) {
    throw new HttpProblem(
      'bad-request',
      `The body must be a JSON array of at most ${MOST_LABELS} labels, each of up to 64 letters, digits, dots, hyphens or underscores.`,
    );
  }
  return [...new Set(value)].sort();
}
