/**
 * Puts lines into the order that an image has. OpenJPH gives the lines of a code stream without colour transform one
 * component after the other, and the glue takes them as alternating lines of all components (first, second, third), so
 * the samples end up in the wrong places. Where chrominance has fewer columns, its lines are shorter: bytes that the
 * glue read beyond their ends are dropped, and samples are repeated.
 * @param mixed interleaved samples, as the glue gives them
 * @param size rows, columns and samples of the image, and for each component the number of columns that one of its
 * samples covers
 * @returns interleaved samples, each in its right place
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
