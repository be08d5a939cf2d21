import { setImmediate as turn } from 'node:timers/promises';
import { ArchiveError } from '../archive/archive.mjs';
import { CommandField, Status } from '../association/command-set.mjs';
import { UnreadableDataSet } from '../dicom/data-set-reader.mjs';
import { writeDataSet } from '../dicom/data-set-writer.mjs';
import { chooseUncompressed } from '../dicom/transfer-syntaxes.mjs';
import { readIdentifier } from './identifier.mjs';
import { modelOf, UNIQUE_KEYS } from './query-classes.mjs';
import { hex, levelOf, missingKey, PAGE, searchPath } from './search-request.mjs';

/** Status of C-FIND: PS3.4 table C.4-1. */
const FindStatus = /** @type {const} */ ({
  OutOfResources: 0xa700,
  DoesNotMatch: 0xa900,
  UnableToProcess: 0xc001,
});

/** Studies whose patients a query at the patient level lists, at most. */
const MOST_STUDIES = 20_000;

/** Number of Patient Related Studies, Series and Instances, with the counts of a study that add up to them. */
const PATIENT_COUNTS = /** @type {const} */ ([
  [0x00201200, undefined],
  [0x00201202, '00201206'],
  [0x00201204, '00201208'],
]);

/**
 * @typedef {object} FindParts
 * @property {import('../archive/archive.mjs').Archive} archive
 * @property {string} aeTitle of the gateway, from which what is found can be retrieved
 * @property {number} [mostMatches] of one request
 * @property {(association: import('../association/association.mjs').Association) => boolean} mayQuery
 *
 * @typedef {Record<string, import('../dicom/data-set-writer.mjs').JSONAttribute>} Match
 * @typedef {{ match: Match, pending: number }} Found a match with the status of its response
 */

/**
 * C-FIND, Patient Root and Study Root: PS3.4 C.4.1. The archive matches; attributes that it cannot match are answered with
 * FF01H (C.4.1.1.4).
 * @param {FindParts} parts
 * @returns {import('../association/negotiate.mjs').Service}
 */
export function findService(parts) {
  return {
    provides: (uid) => modelOf(uid, 'find') !== undefined,
    chooseTransferSyntax: chooseUncompressed,
    handlers: { [CommandField.C_FIND_RQ]: (request) => find(request, parts) },
  };
}

/**
 * @param {import('../association/exchange.mjs').Request} request
 * @param {FindParts} parts
 * @returns {Promise<import('../association/exchange.mjs').FinalResponse>}
 */
async function find(request, { archive, aeTitle, mayQuery, mostMatches = 5000 }) {
  if (!mayQuery(request.association)) return { Status: Status.NotAuthorized };
  const { context, respond, signal } = request;
  try {
    const identifier = await readIdentifier(request);
    const level = levelOf(identifier.level);
    if (level === undefined || !modelOf(context.abstractSyntax, 'find')?.levels.includes(level)) {
      return { Status: FindStatus.DoesNotMatch, ErrorComment: 'Query/Retrieve Level (0008,0052) is not of the model' };
    }
    const missing = missingKey(level, identifier);
    if (missing !== undefined) return { Status: FindStatus.DoesNotMatch, ErrorComment: missing };
    const found =
      level === 'PATIENT' ? patients(archive, identifier, signal) : matches(archive, level, identifier, signal);
    let count = 0;
    for await (const { match, pending } of found) {
      // Lets a cancellation be read between two matches of a page.
      await turn();
      if (signal.aborted) return { Status: Status.Cancel };
      count++;
      if (count > mostMatches) {
        return { Status: FindStatus.OutOfResources, ErrorComment: `more than ${mostMatches} matches` };
      }
      await respond(
        { Status: pending },
        writeDataSet(answer(match, level, identifier, aeTitle), context.transferSyntax),
      );
    }
    return { Status: signal.aborted ? Status.Cancel : Status.Success };
  } catch (error) {
    if (signal.aborted) return { Status: Status.Cancel };
    return failure(error);
  }
}

/**
 * All matches, page by page.
 * @param {import('../archive/archive.mjs').Archive} archive
 * @param {import('./query-classes.mjs').Level} level
 * @param {import('./identifier.mjs').Identifier} identifier
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Found>}
 */
async function* matches(archive, level, identifier, signal) {
  for (let offset = 0; !signal.aborted; offset += PAGE) {
    const { value = [], warnings } = await archive.json(searchPath(level, identifier, offset), { signal });
    // The archive gives one warning for keys that it cannot match or return, and another one for further results.
    const pending = /is not (supported|known)/.test(warnings ?? '') ? Status.PendingWithWarning : Status.Pending;
    for (const match of value) yield { match, pending };
    if (value.length < PAGE) return;
  }
}

/**
 * The patients of the matching studies. All studies are looked through before the first patient is answered, so that the
 * counts are right.
 * @param {import('../archive/archive.mjs').Archive} archive
 * @param {import('./identifier.mjs').Identifier} identifier
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Found>}
 */
async function* patients(archive, identifier, signal) {
  const keys = new Map(identifier.keys);
  const counts = PATIENT_COUNTS.filter(([tag]) => keys.delete(tag));
  for (const [, of] of counts) {
    if (of) keys.set(Number.parseInt(of, 16), { tag: Number.parseInt(of, 16), vr: undefined, text: '', keys: [] });
  }
  keys.set(0x00100021, keys.get(0x00100021) ?? { tag: 0x00100021, vr: undefined, text: '', keys: [] });
  /** @type {Map<string, Found>} */
  const found = new Map();
  let studies = 0;
  for await (const { match, pending } of matches(archive, 'PATIENT', { ...identifier, keys }, signal)) {
    studies++;
    if (studies > MOST_STUDIES) throw new ArchiveError(413, 'too many studies match to list their patients');
    const name = JSON.stringify([match['00100020']?.Value?.[0], match['00100021']?.Value?.[0]]);
    const known = found.get(name);
    const patient = known?.match ?? match;
    for (const [tag, of] of counts) {
      const before = Number(known?.match[hex(tag)]?.Value?.[0] ?? 0);
      const more = of === undefined ? 1 : Number(match[of]?.Value?.[0] ?? 0);
      patient[hex(tag)] = { vr: 'IS', Value: [before + more] };
    }
    if (!known) found.set(name, { match: patient, pending });
  }
  yield* found.values();
}

/**
 * The identifier of a response (PS3.4 C.4.1.1.3.2): the keys of the request, those without a value empty.
 * @param {Match} match
 * @param {import('./query-classes.mjs').Level} level
 * @param {import('./identifier.mjs').Identifier} identifier
 * @param {string} aeTitle
 * @returns {Match}
 */
function answer(match, level, { keys }, aeTitle) {
  /** @type {Match} */
  const response = {
    '00080052': { vr: 'CS', Value: [level] },
    '00080054': { vr: 'AE', Value: [aeTitle] },
  };
  for (const { tag, vr, text } of keys.values()) {
    const name = hex(tag);
    if (name in response) continue;
    const found = match[name];
    if (found) response[name] = found;
    // A key that the path of the search has fixed has the value of the request.
    else if (Object.values(UNIQUE_KEYS).some((unique) => unique === tag))
      response[name] = { vr: 'UI', Value: text === '' ? [] : [text] };
    else response[name] = { vr: vr ?? 'UN' };
  }
  const unique = hex(UNIQUE_KEYS[level]);
  if (match[unique]) response[unique] = match[unique];
  return response;
}

/**
 * The status for an error. The comment never has a value of the identifier.
 * @param {unknown} error
 * @returns {import('../association/exchange.mjs').FinalResponse}
 */
function failure(error) {
  if (error instanceof UnreadableDataSet) {
    return { Status: FindStatus.DoesNotMatch, ErrorComment: 'the identifier cannot be read' };
  }
  if (!(error instanceof ArchiveError)) throw error;
  const ErrorComment = error.message.slice(0, 64);
  if (error.status === 400) return { Status: FindStatus.DoesNotMatch, ErrorComment };
  if (error.status === 413) return { Status: FindStatus.OutOfResources, ErrorComment };
  return { Status: FindStatus.UnableToProcess, ErrorComment };
}
