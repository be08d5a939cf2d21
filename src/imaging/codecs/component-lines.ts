/**
 * Puts lines in the order that an image has them. OpenJPH gives the lines of a code stream without colour transform one
 * component after the other, and the glue takes them for lines of all components in turn (a line of the first, of the
 * second, of the third): so the samples lie at the places of other lines. Where chrominance is sampled at fewer columns,
 * its lines are shorter: what the glue read beyond their ends is left out, and samples are repeated.
 * @param mixed the samples of a pixel together, as the glue gives them
 * @param size rows, columns and samples of the image, and of each component the columns that one of its samples stands for
 * @returns the samples of a pixel together, each at its place
 */
export function inComponentOrder<Cells extends Uint8Array | Uint16Array>(
  mixed: Cells,
  size: {
    readonly rows: number;
    readonly columns: number;
    readonly samples: number;
    readonly sampling: readonly { readonly x: number }[];
  },
): Cells {
  const { rows, columns, samples, sampling } = size;
  const ordered = mixed.slice() as Cells;
  const line = columns * samples;
  for (let turn = 0; turn < rows * samples; turn++) {
    const component = Math.floor(turn / rows);
    const from = Math.floor(turn / samples) * line + (turn % samples);
    const step = sampling[component]!.x;
    let to = (turn % rows) * line + component;
    for (let x = 0; x < columns; x++, to += samples) ordered[to] = mixed[from + Math.floor(x / step) * samples]!;
  }
  return ordered;
}
