/*
 * Views of arrays with several dimensions, as the package ndarray makes them. ndarray writes a class as text for each number of
 * dimensions, and compiles it; the Content-Security-Policy of pages does not allow this. OHIF needs the views to show
 * segmentations. scripts/viewer/segmentation-patches.mjs names the places in OHIF that call this.
 */

/**
 * @typedef {(data: any, shape: number[], stride: number[], offset: number) => View} Construct
 *
 * @typedef {object} View what is used of ndarray's views
 * @property {number} dimension
 * @property {string} dtype
 * @property {number[]} shape
 * @property {number[]} stride
 * @property {number} offset
 * @property {number} size
 * @property {number[]} order
 * @property {(...places: number[]) => any} get
 * @property {(...placesAndValue: any[]) => any} set
 * @property {(...places: number[]) => number} index
 * @property {(...places: any[]) => View} lo
 * @property {(...places: any[]) => View} hi
 * @property {(...places: any[]) => View} step
 * @property {(...places: any[]) => View} transpose
 * @property {(...places: any[]) => View | null} pick
 */

/**
 * Makes what ndarray's compileConstructor makes, without code that is written as text.
 * @param {string} dtype ndarray's name of the kind of data; that of data with the methods get and set is "generic"
 * @param {number} dimension -1 for a view of nothing
 * @param {readonly Construct[]} constructors those of the same dtype: of dimension d at the place d + 1
 * @param {(this: any) => number[]} order ndarray's order of dimensions by their stride
 * @returns {Construct}
 */
export function arrayViews(dtype, dimension, constructors, order) {
  const View = /** @type {any} */ (dimension < 0 ? nil() : viewOf(dtype === 'generic', dimension, constructors, order));
  Object.assign(View.prototype, { dtype, dimension });
  if (dimension < 0) return (data) => new View(data, [], [], 0);
  // ndarray keeps as many numbers as there are dimensions.
  return (data, shape, stride, offset) =>
    new View(data, first(shape, dimension), first(stride, dimension), dimension === 0 ? offset : offset | 0);
}

/** @param {number[] | undefined} numbers @param {number} dimension */
const first = (numbers, dimension) => Array.from({ length: dimension }, (_, at) => numbers?.[at]);

/** @param {unknown} given an argument of a method of a view @returns {given is number} */
const isPlace = (given) => typeof given === 'number' && given >= 0;

/** A view of nothing: of no dimension, but without an element. */
function nil() {
  return class View {
    offset = 0;
    size = 0;
    /** @type {number[]} */
    shape = [];
    /** @type {number[]} */
    stride = [];
    /** @type {number[]} */
    order = [];
    /** @param {any} data */
    constructor(data) {
      this.data = data;
    }
    index() {
      return -1;
    }
    get() {}
    set() {}
    lo() {
      return new View(this.data);
    }
    hi() {
      return new View(this.data);
    }
    step() {
      return new View(this.data);
    }
    transpose() {
      return new View(this.data);
    }
    pick() {
      return null;
    }
  };
}

/** @param {boolean} isGeneric @param {number} dimension @param {readonly Construct[]} constructors @param {(this: any) => number[]} order */
function viewOf(isGeneric, dimension, constructors, order) {
  return class View {
    /** @param {any} data @param {any[]} shape @param {any[]} stride @param {number} offset */
    constructor(data, shape, stride, offset) {
      this.data = data;
      this.shape = shape;
      this.stride = stride;
      this.offset = offset;
    }
    get size() {
      return this.shape.reduce((product, length) => product * length, 1);
    }
    get order() {
      return order.call(this);
    }
    /** @param {number[]} places one for each dimension */
    index(...places) {
      let index = this.offset;
      for (let at = 0; at < dimension; at += 1) index += this.stride[at] * /** @type {number} */ (places[at]);
      return index;
    }
    /** @param {number[]} places */
    get(...places) {
      const index = this.index(...places);
      return isGeneric ? this.data.get(index) : this.data[index];
    }
    /** @param {any[]} placesAndValue */
    set(...placesAndValue) {
      const index = this.index(...placesAndValue);
      const value = placesAndValue[dimension];
      if (isGeneric) return this.data.set(index, value);
      this.data[index] = value;
      return value;
    }
    // Without it, a view of no dimension would not be the number that it holds.
    valueOf() {
      return dimension === 0 ? this.get() : this;
    }
    /** The beginning of each dimension. @param {unknown[]} lengths */
    hi(...lengths) {
      const shape = this.shape.map((length, at) => (isPlace(lengths[at]) ? Number(lengths[at]) | 0 : length));
      return new View(this.data, shape, [...this.stride], this.offset);
    }
    /** Each dimension without its beginning. @param {unknown[]} places */
    lo(...places) {
      let { offset } = this;
      const shape = this.shape.map((length, at) => {
        if (!isPlace(places[at])) return length;
        offset += this.stride[at] * (Number(places[at]) | 0);
        return length - (Number(places[at]) | 0);
      });
      return new View(this.data, shape, [...this.stride], offset);
    }
    /** Every n-th element of each dimension; from its end if n is negative. @param {unknown[]} steps */
    step(...steps) {
      let { offset } = this;
      const [shape, stride] = [[...this.shape], [...this.stride]];
      for (let at = 0; at < dimension; at += 1) {
        if (typeof steps[at] !== 'number') continue;
        const by = Number(steps[at]) | 0;
        if (by < 0) offset += stride[at] * (shape[at] - 1);
        shape[at] = Math.ceil(shape[at] / Math.abs(by));
        stride[at] *= by;
      }
      return new View(this.data, shape, stride, offset);
    }
    /** The dimensions in another order. @param {unknown[]} places */
    transpose(...places) {
      const from = this.shape.map((_, at) => (places[at] === undefined ? at : Number(places[at]) | 0));
      const [shape, stride] = [this.shape, this.stride].map((list) => from.map((at) => list[at]));
      return new View(this.data, shape ?? [], stride ?? [], this.offset);
    }
    /** A view without the dimensions for which a place is given. @param {unknown[]} places */
    pick(...places) {
      let { offset } = this;
      const kept = this.shape.map((_, at) => at).filter((at) => !isPlace(places[at]));
      for (let at = 0; at < dimension; at += 1) {
        if (isPlace(places[at])) offset = (offset + this.stride[at] * Number(places[at])) | 0;
      }
      const construct = /** @type {Construct} */ (constructors[dimension === 0 ? 0 : kept.length + 1]);
      return construct(this.data, ...pairOf(kept.map((at) => [this.shape[at], this.stride[at]])), offset);
    }
  };
}

/** @param {[number, number][]} both @returns {[number[], number[]]} */
const pairOf = (both) => [both.map(([one]) => one), both.map(([, other]) => other)];
