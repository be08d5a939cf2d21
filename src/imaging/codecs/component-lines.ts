/**
 * Puts lines in the order that an image has them. OpenJPH gives the lines of a code stream without colour transform one
 * component after the other, and the glue takes them for lines of all components in turn (a line of the first, of the
 * second, of the third): so the samples lie at the places of other lines.
 * @param mixed the samples of a pixel together, as the glue gives them
 * @param size rows, columns and samples of the image
 * @returns the samples of a pixel together, each at its place
 */
export function inComponentOrder<Cells extends Uint8Array | Uint16Array>(
  mixed: Cells,
  size: { readonly rows: number; readonly columns: number; readonly samples: number },
): Cells {
  const { rows, columns, samples } = size;
  const ordered = mixed.slice() as Cells;
  const line = columns * samples;
  for (let turn = 0; turn < rows * samples; turn++) {
    let from = Math.floor(turn / samples) * line + (turn % samples);
    let to = (turn % rows) * line + Math.floor(turn / rows);
    for (let column = 0; column < columns; column++, from += samples, to += samples) ordered[to] = mixed[from]!;
  }
  return ordered;
}
