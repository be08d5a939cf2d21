/*
 * Overlay planes of images (PS3.3 C.9.2), for OHIF's tool that draws them. OHIF itself finds no overlay: its reader of
 * attributes gives all groups 60xx one name. It also takes Overlay Origin for column\row, draws the first overlay frame
 * on each frame of an image, and places overlays wrongly on rotated and mirrored images.
 * scripts/viewer/overlay-patches.mjs names the places in OHIF that call this.
 */

/** What a browser has; the tests of what needs none of it run without one. */
const page = /** @type {any} */ (globalThis);

/** Red, green and blue of OHIF's overlays. */
const COLOUR = [255, 127, 127];

/**
 * An overlay plane as the attributes of an image describe it.
 * @typedef {object} Plane
 * @property {number} group 0x6000 to 0x601E
 * @property {number} rows
 * @property {number} columns
 * @property {number} top the row of the image at which it begins, from 0
 * @property {number} left
 * @property {number} frame the plane's frame for this image, from 0
 * @property {any} data its bits: InlineBinary, or retrieveBulkData; undefined: they are in the unused bits of the pixels
 */

/**
 * The planes that cover an image, or a frame of one.
 * @param {any} instance attributes by their keywords, and those of groups 60xx by their tags; frameNumber: of several frames
 * @returns {Plane[]}
 */
export function planesOf(instance) {
  const planes = [];
  for (let group = 0x6000; group <= 0x601e; group += 2) {
    /** @param {string} element */
    const tag = (element) => `${group.toString(16).toUpperCase()}${element}`;
    /** @param {string} element @param {number} [index] */
    const number = (element, index = 0) => {
      const value = [instance[tag(element)]].flat()[index];
      return value === undefined || value === null || value === '' ? undefined : Number(value);
    };
    const [rows, columns] = [number('0010'), number('0011')];
    if (!rows || !columns) continue;
    const frames = number('0015') ?? 1;
    // A plane with one frame covers all frames of the image, unless it names one.
    const first = number('0051') ?? (frames === 1 ? undefined : 1);
    const frame = first === undefined ? 0 : Number(instance.frameNumber ?? 1) - first;
    if (frame < 0 || frame >= frames) continue;
    const [top, left] = [(number('0050', 0) ?? 1) - 1, (number('0050', 1) ?? 1) - 1];
    planes.push({ group, rows, columns, top, left, frame, data: instance[tag('3000')] ?? undefined });
  }
  return planes;
}

/**
 * A picture of an image's size: the points of a plane have a colour, everything else is transparent.
 * @param {Plane} plane
 * @param {Uint8Array} bits of all frames of the plane, the lowest bit of a byte first
 * @param {number} rows of the image
 * @param {number} columns
 */
export function pictureOf({ top, left, frame, ...plane }, bits, rows, columns) {
  const picture = new Uint8ClampedArray(rows * columns * 4);
  for (let row = Math.max(0, -top); row < plane.rows && top + row < rows; row += 1) {
    const first = (frame * plane.rows + row) * plane.columns;
    for (let column = Math.max(0, -left); column < plane.columns && left + column < columns; column += 1) {
      const bit = first + column;
      if ((((bits[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 0) continue;
      picture.set([...COLOUR, 255], ((top + row) * columns + left + column) * 4);
    }
  }
  return picture;
}

/**
 * Where a picture of an image's size lies on a canvas that shows the image, however it is moved, rotated or mirrored.
 * @param {(place: [column: number, row: number]) => number[]} toCanvas of a place in the image, from its upper left corner
 * @param {number} rows of the image
 * @param {number} columns
 * @returns attributes of an element `image` of SVG
 */
export function placeOf(toCanvas, rows, columns) {
  const [[x = 0, y = 0], [right = 0, rightY = 0], [downX = 0, down = 0]] = [
    toCanvas([0, 0]),
    toCanvas([columns, 0]),
    toCanvas([0, rows]),
  ];
  const steps = [(right - x) / columns, (rightY - y) / columns, (downX - x) / rows, (down - y) / rows, x, y];
  return {
    width: `${columns}`,
    height: `${rows}`,
    transform: `matrix(${steps.join(' ')})`,
    preserveAspectRatio: 'none',
    'image-rendering': 'pixelated',
  };
}

/**
 * The pictures of overlays of the images that a page shows.
 * @typedef {{ _id: string, rows: number, columns: number, dataUrl: string }} Picture as OHIF's tool draws it
 */
export class Overlays {
  /** The overlays that are known, by the attributes of an image, which are other objects when a study is read again. @type {WeakMap<object, { pictures: Picture[], hasFailed: boolean }>} */
  #known = new WeakMap();
  #count = 0;

  /**
   * @param {any} instance
   * @param {() => void} redraw is called when there are more pictures
   * @returns {readonly Picture[]} those that are there by now
   */
  on(instance, redraw) {
    if (!instance) return [];
    const known = this.#known.get(instance);
    if (known !== undefined) return known.pictures;
    const read = { pictures: /** @type {Picture[]} */ ([]), hasFailed: false };
    this.#known.set(instance, read);
    for (const plane of planesOf(instance)) {
      if (plane.data === undefined) continue;
      this.#read(plane, instance).then(
        (picture) => {
          read.pictures.push(picture);
          redraw();
        },
        () => {
          read.hasFailed = true;
        },
      );
    }
    return read.pictures;
  }

  /** Whether a viewport that draws overlays draws all of an image, or will when they have arrived. @param {any} instance */
  drawsAll(instance) {
    return !this.#known.get(instance)?.hasFailed && planesOf(instance).every(({ data }) => data !== undefined);
  }

  /** @param {Plane} plane @param {any} instance @returns {Promise<Picture>} */
  async #read(plane, instance) {
    const [rows, columns] = [Number(instance.Rows), Number(instance.Columns)];
    const bits = await bitsOf(plane.data);
    const canvas = page.document.createElement('canvas');
    [canvas.width, canvas.height] = [columns, rows];
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no canvas');
    context.putImageData(new page.ImageData(pictureOf(plane, bits, rows, columns), columns, rows), 0, 0);
    this.#count += 1;
    return { _id: `archive-${this.#count}`, rows, columns, dataUrl: canvas.toDataURL() };
  }
}

/** @param {any} data @returns {Promise<Uint8Array>} */
async function bitsOf(data) {
  if (data.InlineBinary) return Uint8Array.from(atob(data.InlineBinary), (character) => character.charCodeAt(0));
  return new Uint8Array(data.Value ?? (await data.retrieveBulkData()));
}
