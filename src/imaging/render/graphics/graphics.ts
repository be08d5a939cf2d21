import type { DicomJson } from '../../../dicom/json/json-model';
import { itemsOf, numbersOf, textOf } from '../attributes';
import { type Placement, placed } from '../geometry';
import type { Picture } from '../orient';
import type { BytesOf } from '../settings';
import { drawLine, drawText, LINE_HEIGHT } from './draw';
import { foldToAscii } from './fold-text';

type Point = readonly [number, number];

/** A line through points, or text at a point (PS3.3 C.10.5). */
interface Graphic {
  readonly points: readonly Point[];
  /** Whether the points are fractions of the picture instead of pixels of the image. */
  readonly ofDisplay: boolean;
  readonly text?: string;
}

/** Draws the annotations of a picture. */
export type DrawGraphics = (picture: Picture, placement: Placement) => void;

const GRAPHIC_OBJECT_SEQUENCE = '00700009';
const TEXT_OBJECT_SEQUENCE = '00700008';
/** The number of sides of the polygon that is drawn for a circle or an ellipse. */
const SIDES = 90;
/** Half the size of the cross that marks a point, in pixels of the picture. */
const ARM = 3;
/** The most points of a drawing. A drawing by hand has fewer. */
const MOST_POINTS = 100_000;

/** @param annotations the items of the Graphic Annotation Sequence that apply to the image */
export async function readGraphics(annotations: readonly DicomJson[], bytesOf: BytesOf): Promise<DrawGraphics> {
  const graphics: Graphic[] = [];
  for (const annotation of annotations) {
    for (const item of itemsOf(annotation, GRAPHIC_OBJECT_SEQUENCE)) {
      const points = graphicPoints(textOf(item, '00700023'), pairs(await numbers(item['00700022'], bytesOf)));
      graphics.push({ points, ofDisplay: textOf(item, '00700005') === 'DISPLAY' });
    }
    for (const item of itemsOf(annotation, TEXT_OBJECT_SEQUENCE)) {
      const graphic = textGraphic(item);
      if (graphic !== undefined) graphics.push(graphic);
    }
  }
  return (picture, placement) => {
    for (const graphic of graphics) draw(graphic, picture, placement);
  };
}

function textGraphic(item: DicomJson): Graphic | undefined {
  const text = textOf(item, '00700006');
  const corner = pairs(numbersOf(item, '00700010'))[0];
  const anchor = pairs(numbersOf(item, '00700014'))[0];
  const point = corner ?? anchor;
  if (text === undefined || point === undefined) return undefined;
  const units = textOf(item, corner ? '00700003' : '00700004');
  return { points: [point], ofDisplay: units === 'DISPLAY', text };
}

/** Reads Graphic Data (0070,0022), which is bulk data when it is long. */
async function numbers(attribute: DicomJson[string] | undefined, bytesOf: BytesOf): Promise<number[]> {
  if (attribute === undefined) return [];
  if (attribute.Value !== undefined) return attribute.Value.slice(0, MOST_POINTS * 2).map(Number);
  const bytes = await bytesOf(attribute);
  if (bytes === undefined) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.min(bytes.length >> 2, MOST_POINTS * 2);
  return Array.from({ length: count }, (_, at) => view.getFloat32(at * 4, true));
}

function pairs(values: readonly number[]): Point[] {
  return Array.from({ length: values.length >> 1 }, (_, at) => [values[at * 2]!, values[at * 2 + 1]!] as const);
}

/** The points between which lines are drawn. */
function graphicPoints(type: string | undefined, points: Point[]): Point[] {
  const [one, other, third, fourth] = points;
  switch (type) {
    case 'CIRCLE': {
      if (!one || !other) return [];
      const radius = Math.hypot(other[0] - one[0], other[1] - one[1]);
      return ellipse(one, [radius, 0], [0, radius]);
    }
    case 'ELLIPSE': {
      if (!one || !other || !third || !fourth) return [];
      const centre: Point = [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
      const half = (a: Point, b: Point): Point => [(b[0] - a[0]) / 2, (b[1] - a[1]) / 2];
      return ellipse(centre, half(one, other), half(third, fourth));
    }
    case 'INTERPOLATED':
      return smooth(points);
    default:
      return points;
  }
}

function ellipse([x, y]: Point, major: Point, minor: Point): Point[] {
  return Array.from({ length: SIDES + 1 }, (_, at) => {
    const cos = Math.cos((at * 2 * Math.PI) / SIDES);
    const sin = Math.sin((at * 2 * Math.PI) / SIDES);
    return [x + cos * major[0] + sin * minor[0], y + cos * major[1] + sin * minor[1]] as const;
  });
}

/** Makes a Catmull-Rom spline through the points. */
function smooth(points: Point[]): Point[] {
  const PARTS = 8;
  const at = (index: number) => points[Math.min(points.length - 1, Math.max(0, index))]!;
  const line: Point[] = points.slice(0, 1);
  for (let index = 0; index + 1 < points.length; index++) {
    for (let part = 1; part <= PARTS; part++) {
      const t = part / PARTS;
      const along = (axis: 0 | 1) => {
        const [a, b, c, d] = [at(index - 1)[axis], at(index)[axis], at(index + 1)[axis], at(index + 2)[axis]];
        return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
      };
      line.push([along(0), along(1)]);
    }
  }
  return line;
}

function draw({ points, ofDisplay, text }: Graphic, picture: Picture, placement: Placement): void {
  const ends = points.map(([x, y]) =>
    ofDisplay ? ([x * picture.width, y * picture.height] as const) : placed(placement, x, y),
  );
  const [first] = ends;
  if (first === undefined) return;
  if (text !== undefined) {
    text.split(/\r\n|\r|\n/).forEach((line, at) => {
      drawText(picture, foldToAscii(line), first[0], first[1] + at * LINE_HEIGHT);
    });
    return;
  }
  if (ends.length === 1) {
    drawLine(picture, [first[0] - ARM, first[1]], [first[0] + ARM, first[1]]);
    drawLine(picture, [first[0], first[1] - ARM], [first[0], first[1] + ARM]);
    return;
  }
  for (let at = 1; at < ends.length; at++) drawLine(picture, ends[at - 1]!, ends[at]!);
}
