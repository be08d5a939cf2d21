import { outcomeOf, refused } from './outcome.mjs';
import { detailText } from './reasons.mjs';

/** @typedef {import('../files/look.mjs').Item} Item */
/** @typedef {import('./outcome.mjs').Outcome} Outcome */

const UNSAID = 'The archive did not say what became of the file.';

/**
 * Gives each instance of a file its outcome.
 * @param {Item} item
 * @param {import('./outcome.mjs').Outcomes} outcomes
 */
export function give(item, { bySOP, unnamed }) {
  for (const instance of item.instances) {
    const own = bySOP.get(instance.head.sopInstanceUID) ?? [];
    // Of two files with one UID the response does not say which one was refused. No file may pass for stored that is not.
    const outcome = own.find(({ result }) => result === 'refused') ?? own[0] ?? unnamed[0];
    instance.outcome = outcome ?? refused(UNSAID);
  }
  item.state = 'done';
}

/**
 * Gives each instance of a file its own result.
 * @param {Item} item
 * @param {import('./outcome.mjs').Result[]} results of its upload
 */
export function giveResults(item, results) {
  const found = results.filter(({ result }) => result !== 'left-out');
  const isUnseen = item.instances.length === 0;
  for (const instance of item.instances) {
    // Two members of a ZIP file may have one UID; their names tell them apart.
    const byName = found.findIndex(isOf(item, instance.name));
    const bySOP = found.findIndex(({ sopInstanceUID }) => sopInstanceUID === instance.head.sopInstanceUID);
    const at = byName >= 0 ? byName : bySOP;
    const own = at < 0 ? undefined : found.splice(at, 1)[0];
    instance.outcome = own === undefined ? refused(UNSAID) : outcomeOf(own);
  }
  // Members of a ZIP file that could not be seen from here.
  for (const one of found) item.instances.push({ name: nameOf(item, one), head: UNSEEN, outcome: outcomeOf(one) });
  const others = isUnseen ? results.filter(({ result }) => result === 'left-out') : [];
  item.others.push(...others.map((one) => ({ path: nameOf(item, one), size: 0, why: detailText(one.detail) })));
  item.state = 'done';
}

/** Finds the result of a file whose UIDs the archive could not read. @param {Item} item @param {string} name */
function isOf(item, name) {
  return (/** @type {import('./outcome.mjs').Result} */ result) => nameOf(item, result) === name;
}

/** @param {Item} item @param {import('./outcome.mjs').Result} result */
function nameOf({ path }, { name }) {
  return name === undefined ? path : `${path}: ${name}`;
}

/** @type {import('../files/head.mjs').Head} */
const UNSEEN = {
  isDirectory: false,
  ...{ patientName: '', patientID: '', issuerOfPatientID: '' },
  ...{ studyInstanceUID: '', studyDate: '', studyDescription: '' },
  ...{ seriesInstanceUID: '', seriesNumber: '', seriesDescription: '', modality: '', sopInstanceUID: '' },
};

/** Ends a file with one outcome for all that is in it. @param {Item} item @param {Outcome} outcome */
export function settle(item, outcome) {
  item.state = 'done';
  for (const instance of item.instances) instance.outcome = outcome;
}
