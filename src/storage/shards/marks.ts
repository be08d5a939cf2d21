import type { RowMark } from '../../archive/ports';

/**
 * The marks of all databases as one text: their newest rows in the order of the databases, with commas between them. Nothing
 * stands for a database to which the pages have not come: they have shown nothing of it.
 */
export function marksText(marks: ReadonlyMap<number, number>, count: number): string {
  return Array.from({ length: count }, (_, at) => marks.get(at + 1) ?? '').join(',');
}

/**
 * The marks in such a text. A database that was added since then counts with none of its rows.
 * @param mark undefined: there are none; a number: the archive had one database
 */
export function marksOf(mark: RowMark | undefined, count: number): Map<number, number> {
  const marks = new Map<number, number>();
  if (mark === undefined) return marks;
  const texts = String(mark).split(',');
  for (let at = 0; at < count; at += 1) {
    const text = texts[at] ?? '0';
    if (text !== '') marks.set(at + 1, Number(text));
  }
  return marks;
}
