import { grouped } from './groups.mjs';
import { tally, tallyText } from './progress.mjs';
import { countText } from './words.mjs';

/** @typedef {import('./files/look.mjs').Item} Item */
/** @typedef {import('./files/look.mjs').Instance} Instance */
/** @typedef {import('./groups.mjs').Study} Study */

/**
 * Shows what is uploaded by study and series.
 * @param {HTMLTableElement} table with its head
 * @param {readonly Item[]} items
 * @param {((studyInstanceUID: string) => string) | undefined} viewer the address of a study in the viewer; undefined for a user
 *   who may not open it
 * @returns {() => void} shows how far each series is
 */
export function showTable(table, items, viewer) {
  for (const body of [...table.tBodies]) body.remove();
  const itemOf = new Map(items.flatMap((item) => item.instances.map((instance) => [instance, item])));
  /** @type {(() => void)[]} */
  const updates = [];
  for (const { name, id, studies } of grouped(items)) {
    for (const study of studies) {
      const body = table.createTBody();
      const head = studyRow(body, { name, id }, study, viewer);
      updates.push(() => head(study.series.some(({ instances }) => instances.some(isThere))));
      for (const { number, modality, description, instances } of study.series) {
        const row = body.insertRow();
        row.insertCell().textContent =
          [number, modality, description].filter(Boolean).join(' · ') || 'without a description';
        row.insertCell().textContent = instances.length.toLocaleString('en');
        const state = row.insertCell();
        updates.push(() => setText(state, stateOf(instances, itemOf)));
      }
    }
  }
  table.hidden = table.tBodies.length === 0;
  const update = () => {
    for (const each of updates) each();
  };
  update();
  return update;
}

/** @param {Instance} instance */
function isThere({ outcome }) {
  return outcome !== undefined && ['stored', 'warned', 'held'].includes(outcome.result);
}

/**
 * @param {HTMLTableSectionElement} body
 * @param {{ name: string, id: string }} patient
 * @param {Study} study
 * @param {((studyInstanceUID: string) => string) | undefined} viewer
 * @returns {(isStored: boolean) => void} shows the link to the study, or does not
 */
function studyRow(body, { name, id }, { uid, date, description, series }, viewer) {
  const cell = document.createElement('th');
  cell.colSpan = 3;
  cell.scope = 'rowgroup';
  const files = series.reduce((sum, { instances }) => sum + instances.length, 0);
  const counts = `${countText(series.length, 'series', 'series')}, ${countText(files, 'file')}`;
  const who = [name || 'Without a name', id && `(${id})`].filter(Boolean).join(' ');
  const link = document.createElement('a');
  link.textContent = 'Open in the viewer';
  link.setAttribute('aria-label', `Open in the viewer: ${[name, date, description].filter(Boolean).join(', ')}`);
  if (viewer !== undefined) link.href = viewer(uid);
  link.hidden = true;
  cell.append(span('patient', who), span('study', `${[date, description, counts].filter(Boolean).join(', ')} `), link);
  body.insertRow().append(cell);
  return (isStored) => {
    link.hidden = !isStored || uid === '' || viewer === undefined;
  };
}

/** @param {readonly Instance[]} instances @param {Map<Instance, Item>} itemOf */
function stateOf(instances, itemOf) {
  const ended = tallyText(tally([/** @type {Item} */ ({ instances })]));
  const open = instances.filter(({ outcome }) => outcome === undefined);
  if (open.length === 0) return ended;
  const states = open.map((instance) => itemOf.get(instance)?.state);
  const sent = states.filter((state) => state === 'sent').length;
  const rest = open.length - sent;
  const isActive = states.includes('sending') || states.includes('checking');
  return [ended, sent > 0 && `${sent} sent`, rest > 0 && `${rest} ${isActive ? 'under way' : 'waiting'}`]
    .filter(Boolean)
    .join(', ');
}

/** @param {string} className @param {string} text */
export function span(className, text) {
  const element = document.createElement('span');
  element.className = className;
  element.textContent = text;
  return element;
}

/** Screen readers are not told about what does not change. @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
