import { describe, expect, it } from 'vitest';
import { frameDelay } from '../../../../src/imaging/render/frame-delay';
import { attributes } from './build';

describe('frame delay (PS3.3 C.7.6.5)', () => {
  it('is the Frame Time, the mean of the vector, or the inverse of a rate', () => {
    expect(frameDelay(attributes({ '00181063': '33.3', '00180040': 10 }))).toBe(33.3);
    expect(frameDelay(attributes({ '00181065': [0, 20, 40] }))).toBe(30);
    expect(frameDelay(attributes({ '00082144': '25', '00180040': 10 }))).toBe(40);
    expect(frameDelay(attributes({ '00180040': 20, '00181063': 0 }))).toBe(50);
    expect(frameDelay(attributes({ '00180040': 0 }))).toBe(100);
    expect(frameDelay(attributes({}))).toBe(100);
  });
});
