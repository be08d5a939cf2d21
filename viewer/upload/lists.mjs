import { allLeftOut } from './left-out.mjs';
import { span } from './table.mjs';

/** @typedef {import('./files/look.mjs').Item} Item */
/** @typedef {import('./files/look.mjs').LeftOut} LeftOut */
/** @typedef {import('./csv.mjs').Line} Line */

/** Files that one list shows. The report has all. */
const SHOWN = 500;

/** What each result is called, in the order in which people look at it. @type {[import('./sending/outcome.mjs').Outcome['result'], string][]} */
const TITLES = [
  ['refused', 'Not stored'],
  ['warned', 'Stored with a warning'],
  ['twice', 'Chosen twice'],
  ['held', 'Already in the archive'],
  ['stored', 'Stored'],
];

/**
 * One line for each file: what became of it, in words.
 * @param {readonly Item[]} items
 * @param {readonly LeftOut[]} leftOut
 * @returns {Line[]}
 */
export function linesOf(items, leftOut) {
  const titles = new Map(TITLES);
  const ended = items.flatMap(({ instances }) => instances).filter(({ outcome }) => outcome !== undefined);
  return [
    ...ended.map(({ name, outcome }) => ({
      file: name,
      result: titles.get(outcome?.result ?? 'refused') ?? '',
      reason: outcome?.reason ?? '',
    })),
    ...allLeftOut(items, leftOut).map(({ path, why }) => ({ file: path, result: LEFT_OUT, reason: why })),
  ];
}

const LEFT_OUT = 'Left out';

/**
 * Shows the lines as one list for each result. Lists that were opened stay open, and the one with the focus keeps it.
 * @param {HTMLElement} place
 * @param {readonly Line[]} lines
 */
export function showLists(place, lines) {
  const opened = new Set([...place.querySelectorAll('details[open]')].map((each) => each.getAttribute('data-title')));
  const focused = place.contains(document.activeElement)
    ? document.activeElement?.closest('details')?.dataset.title
    : undefined;
  const titles = [
    ...TITLES.slice(0, 2).map(([, title]) => title),
    LEFT_OUT,
    ...TITLES.slice(2).map(([, title]) => title),
  ];
  place.replaceChildren(
    ...titles.flatMap((title) => {
      const found = lines.filter(({ result }) => result === title);
      return found.length === 0 ? [] : [list(title, found, opened.has(title))];
    }),
  );
  if (focused === undefined) return;
  for (const details of place.querySelectorAll('details')) {
    if (details.dataset.title === focused) details.querySelector('summary')?.focus();
  }
}

/** @param {string} title @param {Line[]} lines @param {boolean} isOpen */
function list(title, lines, isOpen) {
  const details = document.createElement('details');
  details.dataset.title = title;
  const isBad = title === 'Not stored';
  details.classList.toggle('bad', isBad);
  details.open = isOpen || isBad;
  const summary = document.createElement('summary');
  summary.textContent = `${title}: ${lines.length.toLocaleString('en')}`;
  const items = document.createElement('ul');
  items.append(...lines.slice(0, SHOWN).map(({ file, reason }) => entry(file, reason)));
  if (lines.length > SHOWN)
    items.append(entry(`and ${(lines.length - SHOWN).toLocaleString('en')} more`, 'The report has all.'));
  details.append(summary, items);
  return details;
}

/** @param {string} file @param {string} reason */
function entry(file, reason) {
  const element = document.createElement('li');
  element.append(file, ...(reason === '' ? [] : [span('why', reason)]));
  return element;
}
