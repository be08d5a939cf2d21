import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { arrayViews, type Construct, type View } from '../../../viewer/ohif/array-views.mjs';

/** The package whose views they have to equal: OHIF has it inside dcmjs. */
const ndarray: (data: unknown, shape: number[], stride?: number[], offset?: number) => View = createRequire(
  createRequire(import.meta.url).resolve('dcmjs'),
)('ndarray');

/** Makes a view as ndarray does, with our classes. */
function view(data: unknown, shape: number[]): View {
  const constructors: Construct[] = [];
  const like = ndarray(data, shape);
  function order(this: { stride: number[] }) {
    return this.stride.map((_, at) => at).sort((a, b) => Math.abs(this.stride[a]!) - Math.abs(this.stride[b]!));
  }
  for (let d = -1; d <= shape.length; d += 1) constructors.push(arrayViews(like.dtype, d, constructors, order));
  return constructors[shape.length + 1]!(data, shape, like.stride, like.offset);
}

/** What can be seen of a view. */
function seen(one: View | null): unknown {
  if (one === null) return one;
  const { dimension, dtype, shape, stride, offset, size, order } = one;
  return {
    dimension,
    dtype,
    shape: [...shape],
    stride: [...stride],
    offset,
    size,
    order: [...order],
    values: values(one),
  };
}

function values(one: View, places: number[] = []): unknown {
  if (places.length >= one.dimension) return [one.get(...places), one.index(...places)];
  return Array.from({ length: one.shape[places.length]! }, (_, at) => values(one, [...places, at]));
}

const DATA = Uint8Array.from({ length: 120 }, (_, at) => (at * 7) % 251);
const SHAPES = [[120], [8, 15], [4, 5, 6], [2, 3, 4, 5]];
const METHODS: ['lo' | 'hi' | 'step' | 'transpose' | 'pick', ...unknown[]][] = [
  ['lo', 1],
  ['lo', undefined, 2],
  ['lo', 1, 1, 1, 1],
  ['hi', 2],
  ['hi', null, 2, 1],
  ['hi', -1, 2],
  ['step', 2],
  ['step', -1],
  ['step', -2, -1],
  ['step', undefined, 3, -2],
  ['transpose'],
  ['pick', 1],
  ['pick', -1, 1],
  ['pick', 0, 0, 0, 0],
];

describe.each(SHAPES.map((shape) => [shape.join(' by '), shape] as const))('a view of %s', (_, shape) => {
  test('has the elements that ndarray gives it, and takes new ones', () => {
    expect(seen(view(DATA, [...shape]))).toEqual(seen(ndarray(DATA, [...shape])));
    const data = DATA.slice();
    const places = shape.map((length) => length - 1);
    expect(view(data, [...shape]).set(...places, 9)).toBe(9);
    expect(data.at(-1)).toBe(9);
  });

  test.each(METHODS)('%s, with %s %s %s %s: as ndarray', (name, ...args) => {
    expect(seen(view(DATA, [...shape])[name](...args))).toEqual(seen(ndarray(DATA, [...shape])[name](...args)));
  });

  test('transposed and then stepped: as ndarray', () => {
    const [one, other] = [view(DATA, [...shape]), ndarray(DATA, [...shape])];
    const reversed = shape.map((_, at) => shape.length - 1 - at);
    const both = [one, other].map((each) =>
      seen(
        each
          .transpose(...reversed)
          .step(-1)
          .lo(1),
      ),
    );
    expect(both[0]).toEqual(both[1]);
  });
});

test('a view of no dimension is its element, and a view of nothing has none', () => {
  expect(Number(view([5], []))).toBe(Number(ndarray([5], [])));
  const nothing = view([5], []).pick()!;
  expect([nothing.size, nothing.dimension, nothing.index(), nothing.get(), nothing.pick()]).toEqual([
    0,
    -1,
    -1,
    undefined,
    null,
  ]);
});

test('data with the methods get and set are read by them', () => {
  const stored = new Map<number, number>();
  const data = { length: 6, get: (at: number) => stored.get(at), set: (at: number, to: number) => stored.set(at, to) };
  const one = view(data, [2, 3]);
  one.set(1, 2, 8);
  expect([one.get(1, 2), stored.get(5), one.dtype]).toEqual([8, 8, 'generic']);
});
