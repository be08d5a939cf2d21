/** Width and height of a chart, and of the margin with the names, pixels. */
const WIDTH = 860;
const NAMES = 220;
const LINE = 26;

/** @typedef {{ name: string, marks: readonly number[] }} Row */

/**
 * Draws a row of marks for each name on a logarithmic scale.
 * @param {string} title
 * @param {readonly string[]} legend what the marks of a row mean, in their order
 * @param {readonly Row[]} rows
 * @param {string} unit
 * @returns {string} SVG
 */
export function logChart(title, legend, rows, unit) {
  const all = rows.flatMap(({ marks }) => marks).filter((mark) => mark > 0);
  const low = Math.floor(Math.log10(Math.min(...all)));
  const high = Math.ceil(Math.log10(Math.max(...all)));
  const x = (/** @type {number} */ value) =>
    NAMES + ((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low || 1)) * (WIDTH - NAMES - 40);
  const decades = Array.from({ length: high - low + 1 }, (_, at) => 10 ** (low + at));
  const bottom = 50 + rows.length * LINE;
  const grid = decades.map(
    (value) =>
      `<line x1="${x(value)}" y1="40" x2="${x(value)}" y2="${bottom}" stroke="#ddd"/>` +
      `<text x="${x(value)}" y="${bottom + 18}" text-anchor="middle">${value} ${unit}</text>`,
  );
  const lines = rows.map(({ name, marks }, at) => {
    const y = 60 + at * LINE;
    const [first = 0, last = first] = [marks[0], marks.at(-1)];
    const dots = marks.map(
      (mark, kind) => `<circle cx="${x(mark).toFixed(1)}" cy="${y}" r="5" fill="${COLOURS[kind % COLOURS.length]}"/>`,
    );
    return (
      `<text x="${NAMES - 12}" y="${y + 4}" text-anchor="end">${escaped(name)}</text>` +
      `<line x1="${x(first).toFixed(1)}" y1="${y}" x2="${x(last).toFixed(1)}" y2="${y}" stroke="#888" stroke-width="2"/>${dots.join('')}`
    );
  });
  return picture(title, legend, bottom + 30, [...grid, ...lines]);
}

/**
 * Draws a bar for each name, with a stroke at its target.
 * @param {string} title
 * @param {readonly { name: string, value: number, target?: number | undefined }[]} rows
 * @returns {string} SVG
 */
export function barChart(title, rows) {
  const most = Math.max(1, ...rows.map(({ value }) => value));
  const width = (/** @type {number} */ value) => (value / most) * (WIDTH - NAMES - 80);
  const bottom = 50 + rows.length * LINE;
  const one = NAMES + width(1);
  const bars = rows.map(({ name, value, target }, at) => {
    const y = 48 + at * LINE;
    const goal = target === undefined ? '' : stroke(NAMES + width(target), y, '#c33');
    return (
      `<text x="${NAMES - 12}" y="${y + 14}" text-anchor="end">${escaped(name)}</text>` +
      `<rect x="${NAMES}" y="${y}" width="${width(value).toFixed(1)}" height="18" fill="${COLOURS[0]}"/>${goal}` +
      `<text x="${(NAMES + width(value) + 6).toFixed(1)}" y="${y + 14}">${value.toFixed(2)}</text>`
    );
  });
  const limit = `<line x1="${one}" y1="40" x2="${one}" y2="${bottom}" stroke="#444" stroke-dasharray="4 3"/>`;
  return picture(title, [], bottom + 12, [...bars, limit]);
}

/** @param {number} x @param {number} y @param {string} colour */
function stroke(x, y, colour) {
  return `<line x1="${x.toFixed(1)}" y1="${y - 2}" x2="${x.toFixed(1)}" y2="${y + 20}" stroke="${colour}" stroke-width="2"/>`;
}

/** @param {string} title @param {readonly string[]} legend @param {number} height @param {readonly string[]} parts */
function picture(title, legend, height, parts) {
  const names = legend.map(
    (name, at) =>
      `<circle cx="${WIDTH - 130 * (legend.length - at) + 8}" cy="18" r="5" fill="${COLOURS[at % COLOURS.length]}"/>` +
      `<text x="${WIDTH - 130 * (legend.length - at) + 18}" y="22">${escaped(name)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#fff"/>
<text x="12" y="22" font-size="15" font-weight="bold">${escaped(title)}</text>
${[...names, ...parts].join('\n')}
</svg>
`;
}

const COLOURS = ['#2a7', '#27c', '#c82', '#c33'];

/** @param {string} text */
function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
