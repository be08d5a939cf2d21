import type { Element, Item } from '../files/part10';

/** A sequence of codes whose JSON has about this many bytes. */
export function longSequence(tag: number, bytes: number): Element {
  const item = (at: number): Item => [
    [0x00080100, 'SH', `CODE${at}`],
    [0x00080104, 'LO', '検査'.repeat(10)],
  ];
  return [tag, 'SQ', Array.from({ length: Math.ceil(bytes / 180) }, (_, at) => item(at))];
}

/**
 * Binary values that are kept outside the metadata, deep inside sequences, so that a few of them make a long layout.
 * @param characters approximate length of the layout
 */
export function longLayout(characters: number): Element {
  const depth = 200;
  const path = depth * 11 + 60;
  const count = Math.ceil(characters / path);
  const values: Item[] = Array.from({ length: count }, () => [[0x54001010, 'OB', new Uint8Array(4200)]]);
  let element: Element = [0x54000100, 'SQ', values];
  for (let at = 1; at < depth; at += 1) element = [0x54000100, 'SQ', [[element]]];
  return element;
}

/** A copy of a file in which one text is replaced by another of the same length. */
export function replaced(file: Uint8Array, from: string, to: string): Uint8Array {
  const text = String.fromCharCode(...file.subarray(0, 4096)).replaceAll(from, to);
  const copy = file.slice();
  for (let at = 0; at < text.length; at += 1) copy[at] = text.charCodeAt(at);
  return copy;
}
