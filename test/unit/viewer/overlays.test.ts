import { describe, expect, it } from 'vitest';
import { Overlays, pictureOf, placeOf, planesOf } from '../../../viewer/ohif/overlays.mjs';

const plane = (more: object = {}) => ({ '60000010': 2, '60000011': 3, '60003000': { InlineBinary: 'AA==' }, ...more });

describe('the planes of an image', () => {
  it('begin at the upper left corner, unless Overlay Origin says another row and column', () => {
    expect(planesOf(plane())).toMatchObject([{ group: 0x6000, rows: 2, columns: 3, top: 0, left: 0, frame: 0 }]);
    expect(planesOf(plane({ '60000050': [4, 9] }))).toMatchObject([{ top: 3, left: 8 }]);
    expect(planesOf(plane({ '60000050': [-1, 0] }))).toMatchObject([{ top: -2, left: -1 }]);
  });

  it('are those of all groups that have a size', () => {
    const others = { '60020010': 5, '60020011': 5, '60040010': 5, '601E0010': 1, '601E0011': 1 };
    expect(planesOf(plane(others)).map(({ group }) => group)).toEqual([0x6000, 0x6002, 0x601e]);
  });

  it.each([
    ['one for all frames', {}, [0, 0, 0, 0]],
    ['one for a frame', { '60000051': 2 }, [undefined, 0, undefined, undefined]],
    ['one for each', { '60000015': 4 }, [0, 1, 2, 3]],
    ['two from the second on', { '60000015': '2', '60000051': '2' }, [undefined, 0, 1, undefined]],
  ])('of several frames: %s (PS3.3 C.9.3)', (_, attributes, expected) => {
    const frames = [1, 2, 3, 4].map((frameNumber) => planesOf(plane({ ...attributes, frameNumber }))[0]?.frame);
    expect(frames).toEqual(expected);
  });
});

/** The points of a picture that have a colour, as row,column. */
function points(picture: Uint8ClampedArray, columns: number): string[] {
  const found: string[] = [];
  for (let at = 0; at < picture.length; at += 4) {
    if (picture[at + 3] === 255) found.push(`${Math.floor(at / 4 / columns)},${(at / 4) % columns}`);
  }
  return found;
}

describe('a picture', () => {
  // Rows of three bits: 101, 011.
  const bits = Uint8Array.of(0b110101);
  const first = { group: 0x6000, rows: 2, columns: 3, top: 0, left: 0, frame: 0, data: undefined };

  it('has the points of the plane at its place, those outside of the image left out', () => {
    expect(points(pictureOf(first, bits, 4, 5), 5)).toEqual(['0,0', '0,2', '1,1', '1,2']);
    expect(points(pictureOf({ ...first, top: 3, left: 3 }, bits, 4, 5), 5)).toEqual(['3,3']);
    expect(points(pictureOf({ ...first, top: -1, left: -1 }, bits, 4, 5), 5)).toEqual(['0,0', '0,1']);
  });

  it('has those of its frame: frames follow each other without padding', () => {
    const two = Uint8Array.of(0b01110101, 0b1000);
    expect(points(pictureOf({ ...first, frame: 1 }, two, 2, 3), 3)).toEqual(['0,0', '1,2']);
  });

  it('has no points for bits that are missing', () => {
    expect(points(pictureOf({ ...first, frame: 5 }, bits, 2, 3), 3)).toEqual([]);
  });
});

it('a picture lies where the corners of its image are', () => {
  const turned = ([column, row]: [number, number]) => [100 - 2 * row, 50 + 3 * column];
  expect(placeOf(turned, 4, 5)).toMatchObject({ width: '5', height: '4', transform: 'matrix(0 3 -2 0 100 50)' });
});

it('overlays that cannot be drawn are not all drawn', async () => {
  const overlays = new Overlays();
  const inPixels = { '60000010': 2, '60000011': 3, '60000102': 12 };
  expect(overlays.drawsAll(inPixels)).toBe(false);
  const lost = plane({ '60003000': { retrieveBulkData: () => Promise.reject(new Error('404')) } });
  expect(overlays.drawsAll(lost)).toBe(true);
  expect(overlays.on(lost, () => undefined)).toEqual([]);
  await expect.poll(() => overlays.drawsAll(lost)).toBe(false);
});
