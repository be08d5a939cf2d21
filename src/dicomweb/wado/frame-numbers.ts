import { HttpProblem } from '../../http/problem';
import type { AppContext } from '../context';

/**
 * A frame list: numbers from 1, joined by commas (PS3.18 10.4.1.1.6).
 * @param count of the instance's frames
 * @throws HttpProblem 400, 413 when frames are named again too often, and 404 for a frame that is not there
 */
export function frameNumbersOf(c: AppContext, count: number): number[] {
  const list = (c.req.param('frames') ?? '').split(',');
  const numbers = list.map((text) => (/^[1-9]\d{0,8}$/.test(text.trim()) ? Number(text) : Number.NaN));
  if (numbers.some(Number.isNaN)) throw new HttpProblem('bad-request', 'Frame numbers count from 1, joined by commas.');
  if (numbers.some((number) => number > count)) throw new HttpProblem('not-found', 'The instance has no such frame.');
  const { repeatedFrames } = c.get('config').limits;
  if (numbers.length - new Set(numbers).size > repeatedFrames) {
    throw new HttpProblem('too-large', `A list of frames may name frames again ${repeatedFrames} times at most.`);
  }
  return numbers;
}
