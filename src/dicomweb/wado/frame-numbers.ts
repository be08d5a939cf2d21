import { HttpProblem } from '../../http/problem';
import type { AppContext } from '../context';

/**
 * Reads a frame list: numbers from 1, separated by commas (PS3.18 10.4.1.1.6).
 * @param count number of frames of the instance
 * @param text the list, by default that of the path
 * @throws HttpProblem 400, 413 when the list repeats frames too often, 404 for a frame that does not exist
 */
export function frameNumbersOf(c: AppContext, count: number, text = c.req.param('frames') ?? ''): number[] {
  const list = text.split(',');
  const numbers = list.map((one) => (/^[1-9]\d*$/.test(one.trim()) ? Number(one) : Number.NaN));
  if (numbers.some(Number.isNaN))
    throw new HttpProblem('bad-request', 'Frame numbers start at 1 and are separated by commas.');
  if (numbers.some((number) => number > count)) throw new HttpProblem('not-found', 'The instance has no such frame.');
  const { repeatedFrames } = c.get('config').limits;
  if (numbers.length - new Set(numbers).size > repeatedFrames) {
    throw new HttpProblem('too-large', `A list of frames may repeat frames at most ${repeatedFrames} times.`);
  }
  return numbers;
}
