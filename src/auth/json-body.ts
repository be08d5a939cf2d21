import type { AppContext } from '../dicomweb/context';
import { jsonValue } from '../dicomweb/json-value';
import { HttpProblem } from '../http/problem';

/**
 * Reads the body of a request as a JSON object.
 * @param members the names that the object may have
 * @returns an empty object when there is no body
 * @throws HttpProblem 400, 413, 415
 */
export async function jsonBody<Member extends string>(
  c: AppContext,
  members: readonly Member[],
): Promise<Partial<Record<Member, unknown>>> {
  const value = await jsonValue(c);
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpProblem('bad-request', 'The body must be a JSON object.');
  }
  const unknown = Object.keys(value).some((name) => !(members as readonly string[]).includes(name));
  if (unknown) throw new HttpProblem('bad-request', `The body may have the members ${members.join(', ')} alone.`);
  return value as Partial<Record<Member, unknown>>;
}
